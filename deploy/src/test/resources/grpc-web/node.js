// Arguments: the client's name, the gateway's URL, and whether the client shows messages as they come.
globalThis.XMLHttpRequest = require('xhr2');
const [name, base, streams] = process.argv.slice(2);
require('./calls.js')(name, base, streams === 'true', console.log).then(
  () => process.exit(0),
  (error) => {
    console.log('failed: ' + (error.stack || error) + ' ' + error.code);
    process.exit(1);
  },
);
