// Runs the suite in a folder against a base URL and prints, as JSON, what it asked and what came of it.
//
//   node run.mjs <folder of the suite> <base URL> [id ...]
//
// Without ids all tests are run.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [dir, base, ...ids] = process.argv.slice(2)
const chunk = 40 // tests at a time; most of their time is spent waiting for answers to grow old
const load = file => import(pathToFileURL(path.join(dir, file)))
const released = !fs.existsSync(path.join(dir, 'test-engine')) // the released suite has another layout
const engine = released ? 'client/runner.mjs' : 'test-engine/client/runner.mjs'

const { runTests, getResults } = await load(engine)
const suites = (await load('tests/index.mjs')).default
const tests = suites.flatMap(suite => suite.tests.filter(test => !test.browser_only).map(test => ({ ...test, suite: suite.name })))
const wanted = suites.map(suite => ({ ...suite, tests: suite.tests.filter(test => ids.length === 0 || ids.includes(test.id)) }))
if (released) {
  const fetch = createRequire(path.join(dir, 'package.json'))('node-fetch')
  await runTests(wanted, fetch, false, base, chunk)
} else {
  await runTests(wanted, false, base, chunk)
}
const results = getResults()
process.stdout.write(JSON.stringify(tests.map(({ id, suite, name, kind, depends_on: depends }) => ({
  id, suite, name, kind, depends, ran: id in results, passed: results[id] === true, failure: results[id] === true ? undefined : results[id]
}))))
