/** The widget's own words. What the assistant and agents write comes from the desk. */

import type { Language } from "./types";

const en = {
  open: "Open the chat",
  close: "Close the chat",
  chat: "Chat",
  title: "We are here to help",
  assistant: "Assistant",
  agent: "Agent",
  withAssistant: "You are talking to the assistant",
  withAgent: "You are talking to an agent",
  withNamed: "You are talking to {name}",
  tookOver: "{name} is now answering you",
  assistantBack: "The assistant is answering you again",
  demonstration: "Demonstration: the data is not real",
  waiting: "Connecting…",
  offline: "No connection. What you write is kept and sent later.",
  placeholder: "Write your message",
  send: "Send",
  add: "Add a photo, a file or your location",
  photo: "Photo",
  file: "Document, sound or video",
  location: "My location",
  language: "Language",
  soundOn: "Turn sound on",
  soundOff: "Turn sound off",
  queued: "Waiting to be sent",
  stored: "Sent",
  refused: "Not sent",
  again: "Try again",
  remove: "Remove",
  typing: "Writing…",
  unread: "{count} new",
  today: "Today",
  yesterday: "Yesterday",
  newMessages: "Go to the newest message",
  download: "Download",
  picture: "Picture",
  you: "You",
  messages: "Messages",
  map: "See on the map",
  file_too_large: "This file is too large (at most {size} MB).",
  media_unsupported: "Only pictures, PDF, sound and video can be sent.",
  text_too_long: "This message is too long.",
  empty: "There is nothing in this message.",
  file_lost: "This file is no longer here. Choose it again.",
  no_location: "Your location is not available. Allow it in the browser, or write the name of the place.",
  other: "It could not be sent.",
};

export type Words = typeof en;
export type Word = keyof Words;

const fr: Words = {
  open: "Ouvrir la discussion",
  close: "Fermer la discussion",
  chat: "Discussion",
  title: "Nous sommes là pour vous aider",
  assistant: "Assistant",
  agent: "Conseiller",
  withAssistant: "Vous parlez à l’assistant",
  withAgent: "Vous parlez à un conseiller",
  withNamed: "Vous parlez à {name}",
  tookOver: "{name} vous répond maintenant",
  assistantBack: "L’assistant vous répond de nouveau",
  demonstration: "Démonstration : les données ne sont pas réelles",
  waiting: "Connexion…",
  offline: "Pas de connexion. Vos messages sont gardés et partiront plus tard.",
  placeholder: "Écrivez votre message",
  send: "Envoyer",
  add: "Ajouter une photo, un fichier ou votre position",
  photo: "Photo",
  file: "Document, son ou vidéo",
  location: "Ma position",
  language: "Langue",
  soundOn: "Activer le son",
  soundOff: "Couper le son",
  queued: "En attente d’envoi",
  stored: "Envoyé",
  refused: "Non envoyé",
  again: "Réessayer",
  remove: "Supprimer",
  typing: "En train d’écrire…",
  unread: "{count} nouveaux",
  today: "Aujourd’hui",
  yesterday: "Hier",
  newMessages: "Aller au dernier message",
  download: "Télécharger",
  picture: "Image",
  you: "Vous",
  messages: "Messages",
  map: "Voir sur la carte",
  file_too_large: "Ce fichier est trop lourd ({size} Mo au plus).",
  media_unsupported: "Seuls les images, PDF, sons et vidéos peuvent être envoyés.",
  text_too_long: "Ce message est trop long.",
  empty: "Ce message est vide.",
  file_lost: "Ce fichier n’est plus là. Choisissez-le de nouveau.",
  no_location: "Votre position n’est pas disponible. Autorisez-la dans le navigateur, ou écrivez le nom du lieu.",
  other: "L’envoi n’a pas abouti.",
};

const ar: Words = {
  open: "افتح المحادثة",
  close: "أغلق المحادثة",
  chat: "المحادثة",
  title: "نحن هنا لمساعدتك",
  assistant: "المساعد",
  agent: "مستشار",
  withAssistant: "أنت تتحدث مع المساعد الآلي",
  withAgent: "أنت تتحدث مع مستشار",
  withNamed: "أنت تتحدث مع {name}",
  tookOver: "أنت تتحدث الآن مع {name}",
  assistantBack: "المساعد الآلي يجيبك من جديد",
  demonstration: "عرض تجريبي: المعطيات غير حقيقية",
  waiting: "جارٍ الاتصال…",
  offline: "لا يوجد اتصال. رسائلك محفوظة وستُرسل لاحقًا.",
  placeholder: "اكتب رسالتك",
  send: "إرسال",
  add: "أضف صورة أو ملفًا أو موقعك",
  photo: "صورة",
  file: "وثيقة أو صوت أو فيديو",
  location: "موقعي",
  language: "اللغة",
  soundOn: "تشغيل الصوت",
  soundOff: "إيقاف الصوت",
  queued: "في انتظار الإرسال",
  stored: "أُرسلت",
  refused: "لم تُرسل",
  again: "أعد المحاولة",
  remove: "حذف",
  typing: "يكتب الآن…",
  unread: "{count} رسائل جديدة",
  today: "اليوم",
  yesterday: "أمس",
  newMessages: "اذهب إلى آخر رسالة",
  download: "تنزيل",
  picture: "صورة",
  you: "أنت",
  messages: "الرسائل",
  map: "اعرض على الخريطة",
  file_too_large: "هذا الملف كبير جدًا ({size} ميغابايت على الأكثر).",
  media_unsupported: "يمكن إرسال الصور وملفات PDF والصوت والفيديو فقط.",
  text_too_long: "هذه الرسالة طويلة جدًا.",
  empty: "الرسالة فارغة.",
  file_lost: "هذا الملف لم يعد موجودًا. اختره من جديد.",
  no_location: "تعذّر تحديد موقعك. اسمح به في المتصفح أو اكتب اسم المكان.",
  other: "تعذّر الإرسال.",
};

const ALL: Record<Language, Words> = { ar, fr, en };

export const NAMES: Record<Language, string> = { ar: "العربية", fr: "Français", en: "English" };
export const LANGUAGES: Language[] = ["ar", "fr", "en"];

export type Say = (word: Word, values?: Record<string, string | number>) => string;

export function speak(language: Language): Say {
  return (word, values) => {
    let text = ALL[language][word];
    for (const name of Object.keys(values || {})) text = text.replace(`{${name}}`, String(values![name]));
    return text;
  };
}

/** The word for a refusal's code; unknown codes get a general one. */
export function wordFor(code: string | null): Word {
  return code !== null && Object.prototype.hasOwnProperty.call(en, code) ? (code as Word) : "other";
}

/** "ar-MA", "fr_FR", "Français"… to a language of ours: the first of the candidates that is one. */
export function pickLanguage(candidates: (string | null | undefined)[], offered: Language[]): Language {
  for (const candidate of candidates) {
    const short = (candidate || "").slice(0, 2).toLowerCase() as Language;
    if (offered.indexOf(short) >= 0) return short;
  }
  return offered[0] || "fr";
}

export function direction(language: Language): "rtl" | "ltr" {
  return language === "ar" ? "rtl" : "ltr";
}

/** Moroccan month names and western digits in Arabic. */
export function locale(language: Language): string {
  return `${language === "en" ? "en-GB" : `${language}-MA`}${language === "ar" ? "-u-nu-latn" : ""}`;
}
