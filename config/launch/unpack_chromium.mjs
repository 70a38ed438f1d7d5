// Unpacks the headless browser that @sparticuz/chromium carries, with the libraries and fonts beside it.
// Usage: node unpack_chromium.mjs <folder of the package> <target folder>
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'

const [source, target] = process.argv.slice(2)
const tar = createRequire(join(source, 'package.json'))('tar-fs')

await rm(target, { recursive: true, force: true })
await mkdir(target, { recursive: true })

const program = join(target, 'chromium')
const open = (name) => createReadStream(join(source, 'bin', name)).pipe(createBrotliDecompress())
await pipeline(open('chromium.br'), createWriteStream(program))
await chmod(program, 0o755)
// SwiftShader lies beside the program; the libraries and fonts have folders of their own.
await pipeline(open('swiftshader.tar.br'), tar.extract(target))
await pipeline(open('al2023.tar.br'), tar.extract(join(target, 'libraries')))
await pipeline(open('fonts.tar.br'), tar.extract(join(target, 'fonts')))

// A machine without fontconfig's settings gets the carried fonts.
await writeFile(
  join(target, 'fonts', 'fonts.conf'),
  `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(target, 'fonts', 'fonts')}</dir><cachedir>${join(target, 'fonts', 'cache')}</cachedir></fontconfig>
`,
)
await writeFile(
  join(target, 'chromium.sh'),
  `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
LD_LIBRARY_PATH="$here/libraries/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export LD_LIBRARY_PATH
if [ ! -e /etc/fonts/fonts.conf ]; then FONTCONFIG_PATH="$here/fonts"; export FONTCONFIG_PATH; fi
exec "$here/chromium" "$@"
`,
)
await chmod(join(target, 'chromium.sh'), 0o755)
