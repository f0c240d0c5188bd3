// A round of calls by one client; tells a line for each. What they must be is in GrpcWebClientsTest.
const clients = require('./clients.js');

async function failureOf(promise) {
  try {
    return 'no failure, but ' + JSON.stringify(await promise);
  } catch (error) {
    return error.code + ' ' + error.message;
  }
}

// To the end, whatever it is.
async function all(stream) {
  const told = [];
  try {
    for (let text = await stream.next(); text !== null; text = await stream.next()) told.push(text);
    return told.concat('end').join(' ');
  } catch (error) {
    return told.concat(error.code + ' ' + error.message).join(' ');
  }
}

/**
 * @param streams whether the client shows messages as they come
 */
module.exports = async (name, base, streams, tell) => {
  const client = clients[name](base);

  const metadata = { 'x-ask': 'some text', 'x-ask-bin': 'AAH/' };
  const said = await client.say('say Grüße', { metadata });
  const fields = (from, prefix) => from[prefix] + ' ' + from[prefix + '-bin'];
  tell('say: ' + said.text + ', ' + fields(said.head, 'x-initial') + ', ' + fields(said.trailers, 'x-trailing'));

  for (const when of ['fail', 'fail late']) {
    try {
      await client.say(when);
      tell(when + ': no failure');
    } catch (error) {
      // Percent-encoded until it was here; then the details, which one client leaves to its caller.
      tell(when + ': ' + error.code + ' ' + error.message + ', details ' + error.details);
    }
  }

  tell('count: ' + (await all(client.tell('count 5'))));
  tell('count none: ' + (await all(client.tell('count 0'))));
  tell('broken: ' + (await all(client.tell('broken 3'))));
  tell('tell fail: ' + (await all(client.tell('fail'))));

  // What the server has seen of a call that waits.
  const begun = () => client.say('begun');
  const over = async () => (await client.say('cancelled')).text;

  // By the client's own clock, and by the gateway's when the client has none.
  tell('deadline: ' + (await failureOf(client.say('wait', { deadline: 500 }))).split(' ')[0]);
  tell('deadline: ' + (await begun().then(over)));
  const metadataOfDeadline = { 'grpc-timeout': '500m' };
  tell('timeout: ' + (await failureOf(client.say('wait', { metadata: metadataOfDeadline }))));
  tell('timeout: ' + (await begun().then(over)));
  tell('tell timeout: ' + (await all(client.tell('wait', { metadata: metadataOfDeadline }))));
  tell('tell timeout: ' + (await begun().then(over)));

  tell('nobody: ' + (await failureOf(client.say('say', { service: 'sluice.test.Nobody' }))));
  tell('tell nobody: ' + (await all(client.tell('say', { service: 'sluice.test.Nobody' }))));

  const abandoned = client.tell('wait');
  abandoned.next().catch(() => {});
  await begun();
  abandoned.cancel();
  tell('cancel: ' + (await over()));

  if (streams) {
    const stream = client.tell('step');
    const told = [];
    for (let text = await stream.next(); text !== null; text = await stream.next()) {
      told.push(text);
      await client.say('next');
    }
    tell('step: ' + told.join(' '));
  }
};
