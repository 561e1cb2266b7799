// The published JavaScript SDK of one release against a platform: node suite.mjs <package> <release>
// Where it is comes from E2B_API_KEY, E2B_API_URL and E2B_SANDBOX_URL alone. One line for each check: "ok <name>" or "not ok <name>".
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import http from 'node:http'

const [, , pkg, release] = process.argv
const sdk = await import(pkg)
const { Sandbox } = sdk
const minor = Number(release.split('.')[1])
const LONG = 120_000

let failed = 0
async function check(name, body, { since = 0, until = 99 } = {}) {
  if (minor < since || minor > until) return
  try {
    await body()
    console.log(`ok ${name}`)
  } catch (e) {
    failed++
    console.log(`not ok ${name}`)
    console.log(String(e?.stack ?? e).replace(/^/gm, '  '))
  }
}

async function until(what, look) {
  const end = Date.now() + LONG
  for (;;) {
    const value = await look()
    if (value) return value
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

const named = (...names) => (e) => names.some((name) => sdk[name] && e instanceof sdk[name]) || assert.fail(`expected ${names}, got ${e?.constructor?.name}: ${e?.message}`)

/** A request that reaches the platform under any host name. */
function fetchByHost(host, path, headers = {}) {
  const base = new URL(process.env.E2B_API_URL)
  return new Promise((resolve, reject) => {
    const request = http.get({ host: base.hostname, port: base.port, path, headers: { host, ...headers }, timeout: LONG }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => (text += part)).on('end', () => resolve({ status: response.statusCode, text })).on('error', reject)
    })
    request.on('error', reject).on('timeout', () => request.destroy(new Error('no answer')))
  })
}

async function whenOpen(host, path, headers) {
  return until(`an answer from ${host}`, async () => {
    const answer = await fetchByHost(host, path, headers)
    return answer.status === 502 ? null : answer
  })
}

const mark = `m ${process.pid}-${Date.now()} ü&=%/+`
let box
const made = []
async function create(options = {}) {
  const sandbox = await Sandbox.create({ timeoutMs: 600_000, requestTimeoutMs: LONG, ...options })
  made.push(sandbox)
  return sandbox
}

await check('create with metadata and environment', async () => {
  box = await create({ metadata: { mark, 'k &=': 'v %41' }, envs: { GREETING: 'hello world' } })
  assert.match(box.sandboxId, /^[a-z0-9]+$/)
})
if (!box) process.exit(1)

await check('is running', async () => assert.equal(await box.isRunning(), true))

await check('command: output, errors, exit code', async () => {
  const done = await box.commands.run('echo out; echo err >&2')
  assert.deepEqual([done.stdout, done.stderr, done.exitCode], ['out\n', 'err\n', 0])
  await assert.rejects(box.commands.run('echo partly; exit 3'), (e) => named('CommandExitError')(e) && e.exitCode === 3 && e.stdout === 'partly\n')
})

await check('command: environment of sandbox and command', async () => {
  const done = await box.commands.run('echo "$GREETING|$OWN|$E2B_SANDBOX|$E2B_SANDBOX_ID|$E2B_TEMPLATE_ID"', { envs: { OWN: 'x y' } })
  assert.equal(done.stdout, `hello world|x y|true|${box.sandboxId}|minimal\n`)
  assert.equal((await box.commands.run('echo "$OWN"')).stdout, '\n')
})

await check('command: user and working directory', async () => {
  assert.equal((await box.commands.run('id -un; pwd')).stdout, 'user\n/home/user\n')
  assert.equal((await box.commands.run('id -un; pwd', { user: 'root', cwd: '/tmp' })).stdout, 'root\n/tmp\n')
  assert.equal((await box.commands.run('sudo id -un')).stdout, 'root\n')
  await assert.rejects(box.commands.run('true', { cwd: '/no/such' }), named('InvalidArgumentError', 'SandboxError'))
})

await check('command: output as it comes, characters whole', async () => {
  let text = ''
  await box.commands.run('for i in 1 2 3; do printf "ä€😀"; done', { onStdout: (part) => { text += part } })
  assert.equal(text, 'ä€😀'.repeat(3))
  const big = await box.commands.run('head -c 3000000 /dev/zero | tr "\\0" x')
  assert.equal(big.stdout.length, 3_000_000)
})

await check('command: background, standard input, list, kill', async () => {
  const cat = await box.commands.run('cat', { background: true, stdin: true })
  let text = ''
  const again = await box.commands.connect(cat.pid, { onStdout: (part) => { text += part } })
  await box.commands.sendStdin(cat.pid, 'to you\n')
  await until('the echo', () => text === 'to you\n')
  assert.ok((await box.commands.list()).some((process) => process.pid === cat.pid))
  assert.equal(await box.commands.kill(cat.pid), true)
  await assert.rejects(cat.wait(), named('CommandExitError'))
  await assert.rejects(again.wait(), named('CommandExitError'))
  assert.equal(await box.commands.kill(cat.pid), false)
})

await check('command: end of standard input', async () => {
  const cat = await box.commands.run('cat', { background: true, stdin: true })
  await box.commands.sendStdin(cat.pid, 'all')
  await box.commands.closeStdin(cat.pid)
  assert.equal((await cat.wait()).stdout, 'all')
}, { since: 46 })

await check('command: time limit', async () => {
  await assert.rejects(box.commands.run('sleep 600', { timeoutMs: 2_000 }), named('TimeoutError'))
})

await check('command: outlives its client', async () => {
  const sleeper = await box.commands.run('sleep 600', { background: true, timeoutMs: 0 })
  await sleeper.disconnect()
  assert.ok((await box.commands.list()).some((process) => process.pid === sleeper.pid))
  assert.equal(await box.commands.kill(sleeper.pid), true)
})

await check('terminal: size, input, resize, exit', async () => {
  let text = ''
  const decoder = new TextDecoder()
  const pty = await box.pty.create({ cols: 91, rows: 31, onData: (data) => { text += decoder.decode(data, { stream: true }) }, timeoutMs: LONG })
  const type = (line) => box.pty.sendInput(pty.pid, new TextEncoder().encode(line + '\n'))
  await type('stty size')
  await until('the size', () => text.includes('31 91'))
  await box.pty.resize(pty.pid, { cols: 101, rows: 41 })
  await type('stty size')
  await until('the new size', () => text.includes('41 101'))
  await type('exit 0')
  assert.equal((await pty.wait()).exitCode, 0)
})

await check('files: write, read, list, exists, rename, remove', async () => {
  assert.equal((await box.files.write('d/one.txt', 'Grüße')).path, '/home/user/d/one.txt')
  assert.equal(await box.files.read('d/one.txt'), 'Grüße')
  assert.equal(await box.files.makeDir('d/sub'), true)
  assert.equal(await box.files.makeDir('d/sub'), false)
  assert.deepEqual((await box.files.list('d')).map((entry) => [entry.name, entry.type]).sort(), [['one.txt', 'file'], ['sub', 'dir']])
  assert.equal(await box.files.exists('d/one.txt'), true)
  const moved = await box.files.rename('d/one.txt', 'd/sub/two.txt')
  assert.equal(moved.path, '/home/user/d/sub/two.txt')
  assert.equal(await box.files.exists('d/one.txt'), false)
  await box.files.remove('d')
  assert.equal(await box.files.exists('d'), false)
  await assert.rejects(box.files.read('d/one.txt'), named('FileNotFoundError', 'NotFoundError'))
  await assert.rejects(box.files.list('d'), named('FileNotFoundError', 'NotFoundError'))
})

await check('files: what is known of one', async () => {
  await box.files.write('/tmp/info.txt', '12345', { user: 'root' })
  const info = await box.files.getInfo('/tmp/info.txt')
  assert.deepEqual([info.size, info.owner, info.type, info.permissions], [5, 'root', 'file', '-rw-r--r--'])
})

await check('files: bytes, large ones, several at once', async () => {
  const bytes = randomBytes(20 << 20)
  await box.files.write('big.bin', new Blob([bytes]), { requestTimeoutMs: LONG })
  const sum = createHash('sha256').update(bytes).digest('hex')
  assert.equal((await box.commands.run('sha256sum < big.bin')).stdout.split(' ')[0], sum)
  const back = await box.files.read('big.bin', { format: 'bytes', requestTimeoutMs: LONG })
  assert.equal(createHash('sha256').update(back).digest('hex'), sum)
  const several = await box.files.write([{ path: 'w/1', data: 'eins' }, { path: 'w/2', data: new Uint8Array([0, 255]).buffer }])
  assert.deepEqual(several.map((file) => file.path), ['/home/user/w/1', '/home/user/w/2'])
  assert.deepEqual([...(await box.files.read('w/2', { format: 'bytes' }))], [0, 255])
  assert.equal(await box.files.read('w/1'), 'eins')
  await box.files.write('empty', '')
  assert.equal(await box.files.read('empty'), '')
})

await check('files: metadata', async () => {
  const written = await box.files.write('meta.txt', 'x', { metadata: { author: 'me' } })
  assert.deepEqual(written.metadata, { author: 'me' })
  assert.deepEqual((await box.files.getInfo('meta.txt')).metadata, { author: 'me' })
}, { since: 51 })

await check('files: watch', async () => {
  await box.files.makeDir('watched')
  const events = []
  const watch = await box.files.watchDir('watched', (event) => { events.push(`${event.type} ${event.name}`) }, { recursive: true })
  await box.files.write('watched/deep/new.txt', 'x')
  await until('the event of the new directory', () => events.includes('create deep'))
  await box.files.write('watched/new.txt', 'x')
  await until('the event of the new file', () => events.includes('create new.txt') && events.includes('write new.txt'))
  await watch.stop()
})

await check('files: signed addresses', async () => {
  const up = await box.uploadUrl('signed.txt', { useSignatureExpiration: 60_000 })
  const form = new FormData()
  form.append('file', new Blob(['by address']), 'signed.txt')
  assert.equal((await fetch(up, { method: 'POST', body: form })).status, 200)
  const down = await fetch(await box.downloadUrl('signed.txt', { useSignatureExpiration: 60_000 }))
  assert.equal(await down.text(), 'by address')
  const other = (await box.downloadUrl('signed.txt')).replace('signed.txt', 'other.txt')
  assert.equal((await fetch(other)).status, 401)
})

await check('what is known of a sandbox', async () => {
  const info = await box.getInfo()
  assert.equal(info.sandboxId, box.sandboxId)
  assert.deepEqual(info.metadata, { mark, 'k &=': 'v %41' })
  assert.equal(info.state, 'running')
  assert.ok(info.endAt > info.startedAt)
})

await check('list by metadata and state', async () => {
  const list = async (query) => (await Sandbox.list({ query }).nextItems()).map((each) => each.sandboxId)
  assert.deepEqual(await list({ metadata: { mark } }), [box.sandboxId])
  assert.deepEqual(await list({ metadata: { mark, 'k &=': 'v %41' }, state: ['running'] }), [box.sandboxId])
  assert.deepEqual(await list({ metadata: { mark: 'other' } }), [])
  assert.deepEqual(await list({ metadata: { mark }, state: ['paused'] }), [])
})

await check('list page by page', async () => {
  const second = await create({ metadata: { mark } })
  const pages = Sandbox.list({ query: { metadata: { mark } }, limit: 1 })
  const first = await pages.nextItems()
  assert.equal(pages.hasNext, true)
  const rest = await pages.nextItems()
  assert.equal(pages.hasNext, false)
  assert.deepEqual([...first, ...rest].map((each) => each.sandboxId), [second.sandboxId, box.sandboxId])
  await second.kill()
  assert.deepEqual((await Sandbox.list({ query: { metadata: { mark } } }).nextItems()).map((each) => each.sandboxId), [box.sandboxId])
})

await check('timeout: nearer, farther, and what connecting does to it', async () => {
  await box.setTimeout(300_000)
  const short = (await box.getInfo()).endAt
  const same = await Sandbox.connect(box.sandboxId, { timeoutMs: 10_000 })
  assert.equal((await same.getInfo()).endAt.getTime(), short.getTime())
  await Sandbox.connect(box.sandboxId, { timeoutMs: 900_000 })
  const long = (await box.getInfo()).endAt
  assert.ok(long.getTime() - short.getTime() > 500_000, `${short} ${long}`)
  assert.equal((await same.commands.run('echo connected')).stdout, 'connected\n')
})

await check('metrics', async () => {
  const points = await until('a sample', async () => {
    const some = await box.getMetrics()
    return some.length ? some : null
  })
  assert.equal(points[0].cpuCount, 1)
  assert.ok(points[0].memTotal > 100 << 20)
  // Releases before pass no range on.
  if (minor >= 45) assert.deepEqual(await box.getMetrics({ start: new Date(0), end: new Date(1_000_000) }), [])
}, { since: 28 })

await check('port by host name', async () => {
  await box.files.write('web/index.html', 'from inside')
  await box.commands.run('python3 -m http.server 8000 --bind 127.0.0.1 --directory web', { background: true, timeoutMs: 0 })
  const host = box.getHost(8000)
  assert.ok(host.startsWith(`8000-${box.sandboxId}.`), host)
  const answer = await whenOpen(host, '/index.html')
  assert.deepEqual([answer.status, answer.text], [200, 'from inside'])
  const closed = await fetchByHost(box.getHost(8001), '/')
  assert.equal(closed.status, 502)
  assert.equal(JSON.parse(closed.text).message, 'The sandbox is running but port is not open')
})

await check('ports for holders of a token only', async () => {
  const closed = await create({ network: { allowPublicTraffic: false } })
  assert.ok(closed.trafficAccessToken)
  await closed.commands.run('python3 -m http.server 8000', { background: true, timeoutMs: 0, cwd: '/tmp' })
  const token = { 'e2b-traffic-access-token': closed.trafficAccessToken }
  assert.equal((await whenOpen(closed.getHost(8000), '/', token)).status, 200)
  assert.equal((await fetchByHost(closed.getHost(8000), '/')).status, 403)
  await closed.kill()
}, { since: 28 })

await check('without a way out', async () => {
  const inside = await create({ allowInternetAccess: false })
  assert.equal((await inside.commands.run('echo here')).stdout, 'here\n')
  if (minor >= 45) assert.equal((await inside.getInfo()).allowInternetAccess, false)
  await inside.kill()
})

await check('not secured', async () => {
  const plain = await create({ secure: false })
  assert.equal((await plain.commands.run('echo plain')).stdout, 'plain\n')
  await plain.files.write('a', 'b')
  assert.equal(await (await fetch(await plain.downloadUrl('a'), { headers: { 'E2b-Sandbox-Id': plain.sandboxId, 'E2b-Sandbox-Port': '49983' } })).text(), 'b')
  await plain.kill()
}, { until: 50 })

await check('ends when its time is over', async () => {
  const brief = await create({ timeoutMs: 600_000 })
  await brief.setTimeout(1_000)
  await until('its end', async () => !(await brief.isRunning()))
  assert.equal(await Sandbox.kill(brief.sandboxId), false)
})

await check('a kill breaks what runs, once', async () => {
  const doomed = await create()
  const sleeper = await doomed.commands.run('sleep 600', { background: true, timeoutMs: 0 })
  const end = assert.rejects(sleeper.wait(), named('TimeoutError', 'SandboxError'))
  assert.equal(await Sandbox.kill(doomed.sandboxId), true)
  assert.equal(await Sandbox.kill(doomed.sandboxId), false)
  await end
  assert.equal(await doomed.isRunning(), false)
  await assert.rejects(doomed.commands.run('true'), named('TimeoutError', 'SandboxError'))
  await assert.rejects(Sandbox.connect(doomed.sandboxId), named('SandboxNotFoundError', 'NotFoundError', 'SandboxError'))
})

await check('pause, and connecting wakes', async () => {
  const sleeper = await create({ metadata: { mark: 'paused' + mark } })
  await sleeper.files.write('kept.txt', 'on disk')
  const counter = await sleeper.commands.run('i=0; while true; do i=$((i+1)); echo $i > /dev/shm/count; sleep 0.1; done', { background: true, timeoutMs: 0 })
  await counter.disconnect()
  assert.notEqual(await (sleeper.pause ?? sleeper.betaPause).call(sleeper, { requestTimeoutMs: LONG }), false)
  assert.equal((await Sandbox.getInfo(sleeper.sandboxId)).state, 'paused')
  assert.equal(await sleeper.isRunning(), false)
  assert.deepEqual((await Sandbox.list({ query: { metadata: { mark: 'paused' + mark }, state: ['paused'] } }).nextItems()).map((each) => each.sandboxId), [sleeper.sandboxId])
  const woken = await Sandbox.connect(sleeper.sandboxId, { timeoutMs: 600_000, requestTimeoutMs: LONG })
  assert.equal(woken.sandboxId, sleeper.sandboxId)
  assert.equal(await woken.files.read('kept.txt'), 'on disk')
  assert.ok((await woken.commands.list()).some((process) => process.pid === counter.pid))
  const count = async () => Number((await woken.commands.run('cat /dev/shm/count')).stdout)
  const before = await count()
  await until('the counter to go on', async () => (await count()) > before)
  await woken.kill()
})

await check('pauses at its end, and its next use wakes it', async () => {
  const dozer = await create({ lifecycle: { onTimeout: 'pause', autoResume: true } })
  if (minor >= 28) assert.deepEqual((await Sandbox.getInfo(dozer.sandboxId)).lifecycle, { onTimeout: 'pause', autoResume: true })
  await dozer.files.write('/dev/shm/kept.txt', 'in memory')
  const asleep = async () => {
    await dozer.setTimeout(1_000)
    await until('its pause', async () => (await Sandbox.getInfo(dozer.sandboxId)).state === 'paused')
    assert.equal(await dozer.isRunning(), false)
    assert.equal((await Sandbox.getInfo(dozer.sandboxId)).state, 'paused', 'asking wakes nothing')
  }
  await asleep()
  assert.equal((await dozer.commands.run('cat /dev/shm/kept.txt')).stdout, 'in memory')
  assert.equal(await dozer.isRunning(), true)
  assert.ok((await Sandbox.getInfo(dozer.sandboxId)).endAt - Date.now() > 240_000, 'with time anew')
  await asleep()
  assert.equal(await dozer.files.read('/dev/shm/kept.txt'), 'in memory')
  await dozer.kill()
})

await check('pauses at its end, and stays so until somebody connects', async () => {
  const options = { timeoutMs: 600_000, requestTimeoutMs: LONG }
  const sleeper = minor < 28 ? await Sandbox.betaCreate({ ...options, autoPause: true }) : await Sandbox.create({ ...options, lifecycle: { onTimeout: 'pause' } })
  made.push(sleeper)
  await sleeper.files.write('kept.txt', 'kept')
  await sleeper.setTimeout(1_000)
  await until('its pause', async () => (await Sandbox.getInfo(sleeper.sandboxId)).state === 'paused')
  await assert.rejects(sleeper.commands.run('true'))
  assert.equal((await Sandbox.getInfo(sleeper.sandboxId)).state, 'paused')
  const woken = await Sandbox.connect(sleeper.sandboxId, options)
  assert.equal(await woken.files.read('kept.txt'), 'kept')
  await woken.kill()
})

await check('snapshot, and sandboxes made from it', async () => {
  const source = await create()
  await source.files.write('seed.txt', 'from the source')
  const saved = await source.createSnapshot({ requestTimeoutMs: LONG })
  assert.equal(await source.files.read('seed.txt'), 'from the source')
  const born = await Sandbox.create(saved.snapshotId, { timeoutMs: 600_000, requestTimeoutMs: LONG })
  made.push(born)
  assert.notEqual(born.sandboxId, source.sandboxId)
  assert.equal(await born.files.read('seed.txt'), 'from the source')
  assert.equal((await born.commands.run('id -un; echo $E2B_SANDBOX_ID')).stdout, `user\n${born.sandboxId}\n`)
  await born.kill()
  await source.kill()
  assert.equal(await Sandbox.deleteSnapshot(saved.snapshotId), true)
  assert.equal(await Sandbox.deleteSnapshot(saved.snapshotId), false)
}, { since: 28 })

await check('copies of what runs', async () => {
  const source = await create({ envs: { KEPT: 'yes' } })
  await source.files.write('/dev/shm/memory.txt', 'in memory')
  const forks = await source.fork({ count: 2, timeoutMs: 600_000, requestTimeoutMs: LONG })
  assert.equal(forks.length, 2)
  for (const fork of forks) {
    const copy = fork.sandbox ?? fork
    made.push(copy)
    assert.equal(await copy.files.read('/dev/shm/memory.txt'), 'in memory')
    assert.equal((await copy.commands.run('id -un; echo $KEPT $E2B_SANDBOX_ID')).stdout, `user\nyes ${copy.sandboxId}\n`)
    await copy.kill()
  }
  assert.equal(await source.files.read('/dev/shm/memory.txt'), 'in memory')
  await source.kill()
}, { since: 45 })

await check('errors: unknown sandbox, template and key', async () => {
  assert.equal(await Sandbox.kill('cl0000000000000000000000000'), false)
  await assert.rejects(Sandbox.setTimeout('cl0000000000000000000000000', 10_000), named('SandboxNotFoundError', 'NotFoundError'))
  await assert.rejects(Sandbox.getInfo('nothing'), named('SandboxNotFoundError', 'NotFoundError'))
  await assert.rejects(Sandbox.create('no-such-template'), (e) => e.message.startsWith('404:') && named('SandboxError', 'NotFoundError')(e))
  await assert.rejects(Sandbox.create({ apiKey: 'e2b_' + '0'.repeat(32) }), named('AuthenticationError'))
})

for (const sandbox of made) await Sandbox.kill(sandbox.sandboxId)
process.exit(failed ? 1 : 0)
