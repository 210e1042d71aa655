// What the widget says, in the languages that it speaks. `{}` stands for a number.

const TEXTS = {
  en: {
    launch: "Feedback", heading: "Send feedback", kinds: "What is it about?",
    bug: "Bug", suggestion: "Idea", support: "Help",
    title: "Title", optional: "optional", steps: "Steps to see it again", email: "E-mail address",
    describe: { bug: "What went wrong?", suggestion: "What would you like?", support: "What do you need help with?" },
    emailWhy: "Only for an answer to you.", picture: "Attach a picture of the game",
    send: "Send", sending: "Sending…", close: "Close", again: "Send another", discard: "Discard",
    thanks: "Thank you", sent: "Your report has arrived.", sentAs: "Your report has arrived. Its number is {}.",
    kept: "There is no connection", keptWhy: "Your report is kept on this device and is sent by itself as soon as there is one.",
    keptHere: "Your report is sent by itself as soon as there is one. Keep this page open until then.",
    full: "There is no connection, and too many reports wait already. Try again later; what you wrote stays here.",
    blank: "Please write something.", badEmail: "Please give an e-mail address, such as name@example.com.",
    refused: "A report that was kept could not be sent:", pictureLost: "The picture could not be added.",
    blocked: "Nothing can be sent from here now. Reload the page and try again.", wrong: "This did not work. Try again.",
  },
  de: {
    launch: "Feedback", heading: "Feedback senden", kinds: "Worum geht es?",
    bug: "Fehler", suggestion: "Idee", support: "Hilfe",
    title: "Titel", optional: "freiwillig", steps: "Schritte, um es wieder zu sehen", email: "E-Mail-Adresse",
    describe: { bug: "Was ist schiefgegangen?", suggestion: "Was wünschst du dir?", support: "Wobei brauchst du Hilfe?" },
    emailWhy: "Nur für eine Antwort an dich.", picture: "Ein Bild des Spiels anhängen",
    send: "Senden", sending: "Wird gesendet…", close: "Schließen", again: "Noch etwas senden", discard: "Verwerfen",
    thanks: "Danke", sent: "Deine Meldung ist angekommen.", sentAs: "Deine Meldung ist angekommen. Sie hat die Nummer {}.",
    kept: "Keine Verbindung", keptWhy: "Deine Meldung bleibt auf diesem Gerät und wird von selbst gesendet, sobald es eine gibt.",
    keptHere: "Deine Meldung wird von selbst gesendet, sobald es eine gibt. Lass diese Seite bis dahin offen.",
    full: "Keine Verbindung, und zu viele Meldungen warten schon. Versuche es später; was du geschrieben hast, bleibt hier.",
    blank: "Bitte schreibe etwas.", badEmail: "Bitte gib eine E-Mail-Adresse an, etwa name@example.com.",
    refused: "Eine aufgehobene Meldung konnte nicht gesendet werden:", pictureLost: "Das Bild konnte nicht angehängt werden.",
    blocked: "Von hier kann gerade nichts gesendet werden. Lade die Seite neu und versuche es wieder.", wrong: "Das hat nicht geklappt. Versuche es wieder.",
  },
  fr: {
    launch: "Votre avis", heading: "Envoyer un message", kinds: "De quoi s’agit-il ?",
    bug: "Bogue", suggestion: "Idée", support: "Aide",
    title: "Titre", optional: "facultatif", steps: "Étapes pour le revoir", email: "Adresse e-mail",
    describe: { bug: "Que s’est-il passé ?", suggestion: "Que souhaitez-vous ?", support: "De quelle aide avez-vous besoin ?" },
    emailWhy: "Seulement pour vous répondre.", picture: "Joindre une image du jeu",
    send: "Envoyer", sending: "Envoi…", close: "Fermer", again: "Envoyer un autre message", discard: "Supprimer",
    thanks: "Merci", sent: "Votre message est arrivé.", sentAs: "Votre message est arrivé. Il porte le numéro {}.",
    kept: "Pas de connexion", keptWhy: "Votre message est gardé sur cet appareil et partira de lui-même dès qu’il y en aura une.",
    keptHere: "Votre message partira de lui-même dès qu’il y en aura une. Gardez cette page ouverte jusque-là.",
    full: "Pas de connexion, et trop de messages attendent déjà. Réessayez plus tard ; votre texte reste ici.",
    blank: "Veuillez écrire quelque chose.", badEmail: "Veuillez donner une adresse e-mail, comme nom@example.com.",
    refused: "Un message gardé n’a pas pu être envoyé :", pictureLost: "L’image n’a pas pu être jointe.",
    blocked: "Rien ne peut être envoyé d’ici pour le moment. Rechargez la page et réessayez.", wrong: "Cela n’a pas marché. Réessayez.",
  },
  es: {
    launch: "Opinión", heading: "Enviar un mensaje", kinds: "¿De qué se trata?",
    bug: "Error", suggestion: "Idea", support: "Ayuda",
    title: "Título", optional: "opcional", steps: "Pasos para volver a verlo", email: "Correo electrónico",
    describe: { bug: "¿Qué ha fallado?", suggestion: "¿Qué te gustaría?", support: "¿Con qué necesitas ayuda?" },
    emailWhy: "Solo para responderte.", picture: "Adjuntar una imagen del juego",
    send: "Enviar", sending: "Enviando…", close: "Cerrar", again: "Enviar otro mensaje", discard: "Descartar",
    thanks: "Gracias", sent: "Tu mensaje ha llegado.", sentAs: "Tu mensaje ha llegado. Su número es {}.",
    kept: "No hay conexión", keptWhy: "Tu mensaje se guarda en este dispositivo y se enviará solo en cuanto la haya.",
    keptHere: "Tu mensaje se enviará solo en cuanto la haya. Deja esta página abierta hasta entonces.",
    full: "No hay conexión y ya esperan demasiados mensajes. Inténtalo más tarde; tu texto se queda aquí.",
    blank: "Escribe algo, por favor.", badEmail: "Indica un correo electrónico, como nombre@example.com.",
    refused: "Un mensaje guardado no se pudo enviar:", pictureLost: "No se pudo adjuntar la imagen.",
    blocked: "Ahora no se puede enviar nada desde aquí. Recarga la página e inténtalo de nuevo.", wrong: "No ha funcionado. Inténtalo de nuevo.",
  },
  pt: {
    launch: "Opinião", heading: "Enviar uma mensagem", kinds: "De que se trata?",
    bug: "Erro", suggestion: "Ideia", support: "Ajuda",
    title: "Título", optional: "opcional", steps: "Passos para voltar a ver", email: "E-mail",
    describe: { bug: "O que correu mal?", suggestion: "O que gostaria de ver?", support: "Em que precisa de ajuda?" },
    emailWhy: "Apenas para lhe responder.", picture: "Anexar uma imagem do jogo",
    send: "Enviar", sending: "A enviar…", close: "Fechar", again: "Enviar outra mensagem", discard: "Descartar",
    thanks: "Obrigado", sent: "A sua mensagem chegou.", sentAs: "A sua mensagem chegou. O número é {}.",
    kept: "Sem ligação", keptWhy: "A sua mensagem fica guardada neste dispositivo e será enviada assim que houver ligação.",
    keptHere: "A sua mensagem será enviada assim que houver ligação. Deixe esta página aberta até lá.",
    full: "Sem ligação, e já há demasiadas mensagens à espera. Tente mais tarde; o seu texto fica aqui.",
    blank: "Escreva algo, por favor.", badEmail: "Indique um e-mail, como nome@example.com.",
    refused: "Uma mensagem guardada não pôde ser enviada:", pictureLost: "Não foi possível anexar a imagem.",
    blocked: "De momento não se pode enviar nada daqui. Recarregue a página e tente de novo.", wrong: "Não funcionou. Tente de novo.",
  },
};

function textsFor(wanted) {
  for (const locale of [wanted, document.documentElement.lang, navigator.language]) {
    const language = String(locale || "").slice(0, 2).toLowerCase();
    if (language in TEXTS) return { language, texts: TEXTS[language] };
  }
  return { language: "en", texts: TEXTS.en };
}
