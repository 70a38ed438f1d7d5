/** One request to the desk: JSON in, JSON out, one error class that says what to do next. */
import { newId } from '@/lib/ids'

export class ApiError extends Error {
  /** `status` is 0 when the server could not be reached at all. */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: Record<string, unknown> = {},
  ) {
    super(message)
    this.name = 'ApiError'
  }

  /** Sending the very same request again later may succeed. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

type Listener = () => void
let whenSignedOut: Listener = () => {}

/** Called whenever the server says that the session ended. */
export function onSignedOut(listener: Listener): void {
  whenSignedOut = listener
}

/** What the desk answers when it refuses: problem details (RFC 9457). */
export interface Problem {
  code: string
  detail: string
  fields?: Record<string, unknown>
}

export function fromProblem(response: Response, problem: Partial<Problem>): ApiError {
  const code = problem.code ?? `http_${response.status}`
  return new ApiError(response.status, code, problem.detail ?? response.statusText, problem.fields)
}

async function readError(response: Response): Promise<ApiError> {
  try {
    return fromProblem(response, (await response.json()) as Problem)
  } catch {
    return fromProblem(response, {})
  }
}

/** `key`: whoever sends the very same request again gives the same one, and it is done once. */
export async function request<Result>(
  method: string,
  path: string,
  body?: object | FormData,
  signal?: AbortSignal,
  key: string = newId(),
): Promise<Result> {
  const isForm = body instanceof FormData
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (method !== 'GET') {
    headers['X-Wasl'] = '1'
    headers['Idempotency-Key'] = key
  }
  if (body && !isForm) headers['Content-Type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body ? (isForm ? body : JSON.stringify(body)) : undefined,
      credentials: 'same-origin',
      signal,
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, 'unreachable', 'The desk cannot be reached.')
  }
  if (!response.ok) {
    const failure = await readError(response)
    if (failure.status === 401 && failure.code !== 'bad_credentials') whenSignedOut()
    throw failure
  }
  return response.status === 204 ? (undefined as Result) : ((await response.json()) as Result)
}

/** `/path?a=1`, leaving out what is undefined, null or empty. */
export function withQuery(path: string, query: Record<string, string | number | null | undefined>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value))
  }
  const text = parameters.toString()
  return text ? `${path}?${text}` : path
}
