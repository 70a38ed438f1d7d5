/** The few emoji that customer service uses, with the words one looks for them by (French, English, Arabic). */

export interface Emoji {
  sign: string
  words: string
}

const LIST = `
🙂 sourire smile ابتسامة
😊 content happy joie سعيد
😀 rire grin ضحك
😅 gêne ouf sweat حرج
😉 clin wink غمزة
😔 désolé triste sad sorry حزين
😢 larme cry pleure بكاء
😕 confus confused حيرة
😮 surprise wow مفاجأة
🤔 réfléchir think تفكير
🙏 merci prière svp thanks please شكرا
👍 pouce accord oui ok thumbs نعم
👎 non refus down لا
👌 parfait perfect ok ممتاز
👏 bravo clap تصفيق
🤝 accord merci deal handshake اتفاق
💪 courage force strong قوة
👋 bonjour salut hello مرحبا
🤲 prière dua دعاء
🫶 coeur care محبة
❤️ coeur love heart قلب
💙 coeur bleu blue heart قلب
🌹 fleur rose وردة
🎉 fête bravo party احتفال
✅ fait ok done check تم
✔️ fait check صحيح
❌ non erreur cross خطأ
⚠️ attention warning تحذير
⛔ interdit stop ممنوع
❗ important exclamation مهم
❓ question سؤال
ℹ️ info information معلومة
➡️ suite arrow سهم
⬇️ bas down تحت
⬆️ haut up فوق
💧 eau goutte water ماء
🚰 robinet eau tap صنبور
🚿 douche shower دوش
🌊 inondation flood فيضان
⚡ électricité courant power كهرباء
💡 lumière ampoule light ضوء
🔌 prise plug قابس
🔦 lampe torch مصباح
🔥 feu fire نار
🔋 recharge batterie battery شحن
🧾 facture reçu bill receipt فاتورة
💳 carte paiement card بطاقة
💵 argent espèces cash نقود
💰 montant money مبلغ
📄 document contrat وثيقة
📎 pièce jointe attachment مرفق
📝 demande note formulaire طلب
📷 photo picture صورة
📍 lieu adresse location مكان
🏠 maison domicile home منزل
🏢 agence bureau office وكالة
🚐 agence mobile van متنقلة
🗺️ carte plan map خريطة
📞 téléphone appel call هاتف
📱 portable mobile جوال
💬 message chat رسالة
📧 mail email بريد
⏰ heure alarme time وقت
⏳ attente patience wait انتظار
🕐 heure clock ساعة
📅 date rendez-vous calendar تاريخ
🌙 ramadan nuit lune قمر
☀️ jour soleil sun شمس
🌧️ pluie rain مطر
🔧 réparation outil repair إصلاح
🛠️ travaux works أشغال
👷 technicien équipe worker تقني
🚧 chantier travaux works ورش
🚨 urgence danger emergency طوارئ
🔒 sécurité confidentiel lock قفل
🔑 clé code key مفتاح
🔢 numéro chiffres numbers رقم
🔍 recherche vérifier search بحث
♻️ environnement recycle بيئة
🌍 monde planète world عالم
🇲🇦 maroc morocco المغرب
`

export const EMOJI: Emoji[] = LIST.trim()
  .split('\n')
  .map((line) => {
    const [sign, ...words] = line.split(' ')
    return { sign: sign!, words: fold(words.join(' ')) }
  })

/** Case and accents do not matter. */
function fold(words: string): string {
  return words.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

/** Those with a word that begins like this; all of them for nothing. */
export function findEmoji(query: string): Emoji[] {
  const wanted = fold(query.trim())
  return wanted === '' ? EMOJI : EMOJI.filter((one) => ` ${one.words}`.includes(` ${wanted}`))
}
