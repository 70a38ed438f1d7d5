/** Where I am, and the tickets that are offered to me. */
export default {
  title: 'My presence',
  state: { online: 'Online', busy: 'Busy', away: 'Away', offline: 'Offline' },
  reason: { idle: 'Idle', missed_offers: 'Tickets not opened' },
  because: {
    idle: 'Nobody has touched the screen for a while.',
    missed_offers: 'Two offered tickets were not opened: go online again when you are there.',
  },
  awayAndReassign: 'Away, and give back what waits',
  awayAndReassignHint: 'Your tickets that wait for an answer return to their queues.',
  reassigned: 'No ticket was waiting.|{count} ticket went back to its queue.|{count} tickets went back to their queues.',
  offer: {
    title: 'A ticket for you',
    announce: 'A ticket from {name} is offered to you.',
    until: 'Time left until it returns to the queue',
    open: 'Open',
    decline: 'Decline',
  },
}
