// Echoes messages; prints its port, and how each connection was closed.
const { WebSocketServer } = require('ws');
const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  perMessageDeflate: true,
  handleProtocols: (offered) => (offered.has('chat') ? 'chat' : false),
});
server.on('listening', () => console.log('port ' + server.address().port));
server.on('connection', (socket) => {
  socket.on('message', (data, binary) => {
    if (data.toString() === 'close me') socket.close(4001, 'bye');
    else socket.send(data, { binary });
  });
  socket.on('close', (code, reason) => console.log('closed ' + code + ' ' + reason));
});
