/** The page's two languages. The chat follows the page's choice. */
const WORDS = {
  ar: {
    demonstration: "عرض تجريبي: هذه الصفحة ومعطياتها غير حقيقية",
    company: "الشركة الجهوية متعددة الخدمات الدار البيضاء - سطات",
    headline: "الماء والكهرباء والتطهير السائل، قريبون منكم",
    lead: "اسألوا عن الوكالة المتنقلة أو عن فاتورتكم أو بلّغوا عن مشكل، بالدارجة أو بالعربية أو بالفرنسية.",
    talk: "تحدث معنا",
    agencyTitle: "الوكالة المتنقلة",
    agency: "متى تصل إلى سوقكم وأين تقف؟ اكتبوا اسم الجماعة أو الدوار.",
    billTitle: "فاتورتي",
    bill: "المبلغ وآخر أجل للأداء، بعد التحقق من هويتكم برمز يصل إلى هاتفكم.",
    leakTitle: "تسرب أو انقطاع",
    leak: "أرسلوا صورة أو موقعكم، ونخبر الفريق القريب منكم.",
    dangerTitle: "خطر في الشارع",
    danger: "سلك ساقط أو شرارة: ابتعدوا ولا تلمسوا شيئًا، واكتبوا لنا فورًا.",
    footer: "Wasl · برنامج حر لخدمة الزبناء · عرض تجريبي",
    other: "Français",
  },
  fr: {
    demonstration: "Démonstration : cette page et ses données ne sont pas réelles",
    company: "Société Régionale Multiservices Casablanca-Settat",
    headline: "Eau, électricité, assainissement : près de vous",
    lead: "Demandez le passage de l’agence mobile, votre facture, ou signalez un problème, en darija, en arabe ou en français.",
    talk: "Discutons",
    agencyTitle: "Agence mobile",
    agency: "Quand passe-t-elle à votre souk, et où ? Écrivez le nom de la commune ou du douar.",
    billTitle: "Ma facture",
    bill: "Montant et échéance, après vérification par un code reçu sur votre téléphone.",
    leakTitle: "Fuite ou coupure",
    leak: "Envoyez une photo ou votre position : l’équipe la plus proche est prévenue.",
    dangerTitle: "Danger dans la rue",
    danger: "Câble tombé, étincelles : éloignez-vous, ne touchez à rien, écrivez-nous tout de suite.",
    footer: "Wasl · logiciel libre de relation client · démonstration",
    other: "العربية",
  },
};

const toggle = document.getElementById("language");

function show(language) {
  const page = document.documentElement;
  page.lang = language;
  page.dir = language === "ar" ? "rtl" : "ltr";
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = WORDS[language][element.dataset.word];
  }
  toggle.textContent = WORDS[language].other;
  toggle.lang = language === "ar" ? "fr" : "ar";
}

toggle.addEventListener("click", () => {
  const next = document.documentElement.lang === "ar" ? "fr" : "ar";
  show(next);
  if (window.WaslChat) window.WaslChat.language(next);
});
document.querySelector(".talk").addEventListener("click", () => window.WaslChat && window.WaslChat.open());
show("ar");
