/** What the interface wrote down by hand is true of what the desk answers: checked with the types, never run. */
import type { components } from '../src/api/schema'
import type * as ours from '../src/api/types'

type Shapes = components['schemas']
type Holds<Ours, Answered extends Ours> = [Ours, Answered]

export type Held = [
  Holds<ours.Session, Shapes['Session']>,
  Holds<ours.Category, Shapes['Category']>,
  Holds<ours.Suggestion, Shapes['Suggestion']>,
  Holds<ours.Attachment, Shapes['Attachment']>,
  Holds<ours.Content, Shapes['Content']>,
  Holds<ours.Message, Shapes['Message']>,
  Holds<ours.Timeline, Shapes['Timeline']>,
]
