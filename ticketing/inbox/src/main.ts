import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, rememberedLanguage, setLanguage } from './i18n'
import { renewWhenPartsAreGone } from './lib/renewal'
import { router } from './router'
import { usePreferences } from './stores/preferences'
import './styles/main.css'

const app = createApp(App).use(createPinia()).use(i18n)
usePreferences()
renewWhenPartsAreGone()
await setLanguage(rememberedLanguage())
app.use(router)
await router.isReady()
app.mount('#app')
