/** What can be done with the ticket on the screen, for the command bar. */
import { Check, Hand, Lock, PanelRight, Reply, RotateCcw, UserRound, UsersRound } from '@lucide/vue'
import type { Ref } from 'vue'
import type { TicketDetail } from '@/api/types'
import type { useTicketActions } from '@/composables/useTicketActions'
import { isolate } from '@/lib/text'
import { isActive } from '@/lib/status'
import { useWords } from '@/lib/words'
import { useCommands, type Command } from '@/stores/commands'
import { useDirectory } from '@/stores/directory'
import { useKeys } from '@/stores/keys'
import { useSession } from '@/stores/session'

interface Doing {
  write: (mode: 'reply' | 'note') => void
  claim: () => void
  closeOrReopen: () => void
  togglePanel: () => void
}

export function useTicketCommands(detail: Ref<TicketDetail | null>, actions: ReturnType<typeof useTicketActions>, doing: Doing): void {
  const { t, team } = useWords()
  const session = useSession()
  const directory = useDirectory()
  const keys = useKeys()

  function writing(): Command[] {
    if (!session.can('ticket:reply')) return []
    return [
      { id: 'reply', group: 'write', label: t('help.actions.reply'), icon: Reply, keys: keys.labels('reply'), run: () => doing.write('reply') },
      { id: 'note', group: 'write', label: t('help.actions.note'), icon: Lock, keys: keys.labels('note'), run: () => doing.write('note') },
    ]
  }

  function holding(ticket: TicketDetail): Command[] {
    const isOpen = isActive(ticket)
    const found: Command[] = []
    if (isOpen && session.can('ticket:claim') && (ticket.owner === 'assistant' || !ticket.assignee)) {
      found.push({ id: 'claim', group: 'ticket', label: t('help.actions.claim'), icon: Hand, keys: keys.labels('claim'), run: doing.claim })
    }
    if (session.can('ticket:close')) {
      found.push({ id: 'close', group: 'ticket', label: t(isOpen ? 'actions.close' : 'actions.reopen'), icon: isOpen ? Check : RotateCcw, keys: keys.labels('close'), run: doing.closeOrReopen })
    }
    return found
  }

  function assigning(ticket: TicketDetail): Command[] {
    if (!session.can('ticket:assign') || !isActive(ticket) || ticket.owner === 'assistant') return []
    void directory.load().catch(() => {})
    const agents = directory.agents.map((agent): Command => ({
      id: `assign:${agent.id}`, group: 'ticket', icon: UserRound, isOneOfMany: true, label: t('commands.assignTo', { name: isolate(agent.name) }), also: agent.email,
      run: () => void actions.assign(ticket, { agent_id: agent.id, team_id: ticket.team?.id ?? null }, agent.name),
    }))
    const teams = directory.teams.map((one): Command => ({
      id: `assign:${one.id}`, group: 'ticket', icon: UsersRound, isOneOfMany: true, label: t('commands.assignTo', { name: isolate(team(one)) }),
      run: () => void actions.assign(ticket, { agent_id: null, team_id: one.id }, team(one)),
    }))
    return [...agents, ...teams]
  }

  useCommands(() => {
    const ticket = detail.value
    if (!ticket) return []
    return [
      ...holding(ticket),
      ...assigning(ticket),
      ...writing(),
      { id: 'panel', group: 'ticket', label: t('help.actions.panel'), icon: PanelRight, keys: keys.labels('panel'), run: doing.togglePanel },
    ]
  })
}
