// @vitest-environment node
/** The generated types are those of the checked-in OpenAPI document. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import openapi, { astToString, COMMENT_HEADER } from 'openapi-typescript'
import { expect, test } from 'vitest'

const read = (name: string) => readFile(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8')

test('src/api/schema.d.ts was made from openapi.json (npm run api)', async () => {
  const made = COMMENT_HEADER + astToString(await openapi(await read('openapi.json')))
  expect(made === (await read('src/api/schema.d.ts'))).toBe(true)
}, 20_000)
