/** Où je suis, et les tickets qui me sont proposés. */
export default {
  title: 'Ma présence',
  state: { online: 'En ligne', busy: 'Occupé', away: 'Absent', offline: 'Hors ligne' },
  reason: { idle: 'Inactif', missed_offers: 'Tickets non ouverts' },
  because: {
    idle: 'Personne n’a touché l’écran depuis un moment.',
    missed_offers: 'Deux tickets proposés n’ont pas été ouverts : repassez en ligne quand vous êtes là.',
  },
  awayAndReassign: 'Absent, et rendre ce qui attend',
  awayAndReassignHint: 'Vos tickets en attente de réponse retournent à leur file.',
  reassigned: 'Aucun ticket n’attendait.|{count} ticket est retourné à sa file.|{count} tickets sont retournés à leur file.',
  offer: {
    title: 'Un ticket pour vous',
    announce: 'Un ticket de {name} vous est proposé.',
    until: 'Temps restant avant qu’il retourne à la file',
    open: 'Ouvrir',
    decline: 'Refuser',
  },
}
