// Texts of the page in its three languages, and dates and numbers in them.

const TEXTS = {
  fr: {
    title: "Côté client", subtitle: "Jouez n’importe quel client WhatsApp",
    demonstration: "Démonstration.", demonstrationText: "Rien ne sort de cette machine : aucun message réel n’est envoyé ni reçu.",
    offline: "Connexion perdue, nouvelle tentative…", language: "Langue", faults: "Pannes", customers: "Clients", phones: "Téléphones",
    newCustomer: "Nouveau client", name: "Nom", namePlaceholder: "Amina", number: "Numéro", withoutNumber: "Sans numéro visible (identifiant WhatsApp seul)",
    openPhone: "Ouvrir le téléphone", suggestions: "Exemples", nobody: "Personne n’a encore écrit.",
    noPhone: "Ouvrez un téléphone pour écrire à l’entreprise.", numberProblem: "Donnez un numéro avec l’indicatif du pays, par exemple +212 6 12 34 56 78.",
    faultsText: "Ce qui arrivera aux prochains envois de l’entreprise.", fault: "Panne", faultCount: "Nombre d’envois", always: "tous",
    addFault: "Provoquer", clearFaults: "Tout rétablir", webhooks: "Messages vers l’entreprise", hold: "Retenir", duplicate: "Envoyer en double", shuffle: "Mélanger l’ordre",
    rate_limit: "Trop d’envois (429)", pair_limit: "Trop d’envois à un client", server_error: "Erreur du serveur (500)", gateway_error: "Erreur de passerelle (502)",
    window_closed: "Fenêtre de 24 h fermée", unreachable: "Client injoignable", token_expired: "Jeton expiré", account_locked: "Compte bloqué", slow: "Réponse lente (5 s)",
    drop_before: "Coupure avant l’envoi", drop_after: "Coupure après l’envoi", times: "{n} ×",
    phoneOf: "Téléphone de {name}", typing: "écrit…", business: "Compte professionnel", close: "Fermer ce téléphone", look: "Lit les messages", block: "Bloque l’entreprise",
    write: "Message", send: "Envoyer", attach: "Joindre", photo: "Photo ou document", voice: "Fichier vocal", place: "Position",
    sendPlace: "Envoyer une position", latitude: "Latitude", longitude: "Longitude", cancel: "Annuler", badPlace: "Ces coordonnées ne sont pas sur Terre.",
    copy: "Copier le code", copied: "Code copié", choose: "Choisissez", back: "Fermer", hello: "Écrivez le premier message.", replyTo: "Répondre", notSent: "Non envoyé : réessayez.",
    sending: "En cours", sent: "Envoyé", delivered: "Reçu", read: "Lu", openMap: "Ouvrir la carte", voiceMessage: "Message vocal", file: "Document",
    noNumber: "numéro masqué", unread: "{n} non lus", template: "Modèle",
  },
  ar: {
    title: "جهة الزبون", subtitle: "العبوا دور أي زبون على واتساب",
    demonstration: "عرض تجريبي.", demonstrationText: "لا شيء يغادر هذا الجهاز: لا ترسل ولا تستقبل أي رسالة حقيقية.",
    offline: "انقطع الاتصال، جارٍ إعادة المحاولة…", language: "اللغة", faults: "الأعطال", customers: "الزبائن", phones: "الهواتف",
    newCustomer: "زبون جديد", name: "الاسم", namePlaceholder: "أمينة", number: "الرقم", withoutNumber: "دون رقم ظاهر (معرّف واتساب فقط)",
    openPhone: "فتح الهاتف", suggestions: "أمثلة", nobody: "لم يكتب أحد بعد.",
    noPhone: "افتحوا هاتفا للكتابة إلى الشركة.", numberProblem: "أدخلوا رقما مع رمز البلد، مثل +212 6 12 34 56 78.",
    faultsText: "ما سيقع للرسائل القادمة من الشركة.", fault: "العطل", faultCount: "عدد الرسائل", always: "كلها",
    addFault: "إحداث العطل", clearFaults: "إصلاح الكل", webhooks: "الرسائل نحو الشركة", hold: "حجزها", duplicate: "إرسالها مرتين", shuffle: "خلط ترتيبها",
    rate_limit: "إرسال أكثر من اللازم (429)", pair_limit: "إرسال كثير لزبون واحد", server_error: "خطأ في الخادم (500)", gateway_error: "خطأ في البوابة (502)",
    window_closed: "انتهت مهلة 24 ساعة", unreachable: "تعذر الوصول إلى الزبون", token_expired: "انتهت صلاحية الرمز", account_locked: "الحساب محظور", slow: "جواب بطيء (5 ث)",
    drop_before: "انقطاع قبل الإرسال", drop_after: "انقطاع بعد الإرسال", times: "{n} ×",
    phoneOf: "هاتف {name}", typing: "يكتب…", business: "حساب مهني", close: "إغلاق هذا الهاتف", look: "يقرأ الرسائل", block: "يحظر الشركة",
    write: "رسالة", send: "إرسال", attach: "إرفاق", photo: "صورة أو وثيقة", voice: "ملف صوتي", place: "موقع",
    sendPlace: "إرسال موقع", latitude: "خط العرض", longitude: "خط الطول", cancel: "إلغاء", badPlace: "هذه الإحداثيات غير صحيحة.",
    copy: "نسخ الرمز", copied: "تم نسخ الرمز", choose: "اختاروا", back: "إغلاق", hello: "اكتبوا أول رسالة.", replyTo: "رد", notSent: "لم ترسل: أعيدوا المحاولة.",
    sending: "جارٍ الإرسال", sent: "أرسلت", delivered: "وصلت", read: "قُرئت", openMap: "فتح الخريطة", voiceMessage: "رسالة صوتية", file: "وثيقة",
    noNumber: "رقم مخفي", unread: "{n} غير مقروءة", template: "قالب",
  },
  en: {
    title: "The customer’s side", subtitle: "Play any WhatsApp customer",
    demonstration: "Demonstration.", demonstrationText: "Nothing leaves this machine: no real message is sent or received.",
    offline: "Connection lost, trying again…", language: "Language", faults: "Faults", customers: "Customers", phones: "Phones",
    newCustomer: "New customer", name: "Name", namePlaceholder: "Amina", number: "Number", withoutNumber: "Without a visible number (WhatsApp id only)",
    openPhone: "Open the phone", suggestions: "Examples", nobody: "Nobody has written yet.",
    noPhone: "Open a phone to write to the company.", numberProblem: "Give a number with its country code, such as +212 6 12 34 56 78.",
    faultsText: "What will happen to the company’s next sends.", fault: "Fault", faultCount: "Number of sends", always: "all",
    addFault: "Inject", clearFaults: "Repair everything", webhooks: "Messages to the company", hold: "Hold back", duplicate: "Send twice", shuffle: "Shuffle the order",
    rate_limit: "Too many sends (429)", pair_limit: "Too many sends to one customer", server_error: "Server error (500)", gateway_error: "Gateway error (502)",
    window_closed: "24-hour window closed", unreachable: "Customer unreachable", token_expired: "Token expired", account_locked: "Account locked", slow: "Slow answer (5 s)",
    drop_before: "Cut off before sending", drop_after: "Cut off after sending", times: "{n} ×",
    phoneOf: "{name}’s phone", typing: "typing…", business: "Business account", close: "Close this phone", look: "Reads messages", block: "Blocks the company",
    write: "Message", send: "Send", attach: "Attach", photo: "Photo or document", voice: "Voice file", place: "Location",
    sendPlace: "Send a location", latitude: "Latitude", longitude: "Longitude", cancel: "Cancel", badPlace: "These coordinates are not on Earth.",
    copy: "Copy code", copied: "Code copied", choose: "Choose", back: "Close", hello: "Write the first message.", replyTo: "Reply", notSent: "Not sent: try again.",
    sending: "Sending", sent: "Sent", delivered: "Delivered", read: "Read", openMap: "Open the map", voiceMessage: "Voice message", file: "Document",
    noNumber: "hidden number", unread: "{n} unread", template: "Template",
  },
};

const KEY = "wasl-sandbox-language";
let language = "fr";

export const languages = Object.keys(TEXTS);

export function text(key, values = {}) {
  return (TEXTS[language][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export function time(iso) {
  return new Intl.DateTimeFormat(`${language}-u-nu-latn`, { hour: "2-digit", minute: "2-digit" }).format(new Date(iso));
}

export function storedLanguage() {
  const wanted = localStorage.getItem(KEY) ?? navigator.language.slice(0, 2);
  return languages.includes(wanted) ? wanted : "fr";
}

export function setLanguage(wanted) {
  language = wanted;
  localStorage.setItem(KEY, wanted);
  document.documentElement.lang = wanted;
  document.documentElement.dir = wanted === "ar" ? "rtl" : "ltr";
  document.title = `Wasl · ${text("title")}`;
  translate(document);
}

/** Fill in what the markup names by key. */
export function translate(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", text(node.dataset.label));
  for (const node of root.querySelectorAll("[data-title]")) {
    node.title = text(node.dataset.title);
    node.setAttribute("aria-label", node.title);
  }
  for (const node of root.querySelectorAll("[data-placeholder]")) node.placeholder = text(node.dataset.placeholder);
}
