// All clients, one after the other; tells its server what they saw, line by line. The gateway's URL is behind the page's #.
const calls = require('./calls.js');
let told = Promise.resolve();
function tell(line) {
  told = told.then(() => fetch('/result', { method: 'POST', body: line }));
}
(async () => {
  const base = location.hash.substring(1);
  // A browser gives an XMLHttpRequest's binary body when it is whole.
  const all = { 'grpc-web text': true, 'grpc-web binary': false, connect: true };
  for (const [name, streams] of Object.entries(all)) {
    try {
      await calls(name, base, streams, tell);
    } catch (error) {
      tell(name + ' failed: ' + (error.stack || error) + ' ' + error.code);
    }
  }
  const entries = performance.getEntriesByType('resource').filter((entry) => entry.name.startsWith(base));
  // Failures say nothing of that: their answers are the gateway's own.
  tell([...new Set(entries.map((entry) => entry.nextHopProtocol).filter((name) => name))].join());
})();
