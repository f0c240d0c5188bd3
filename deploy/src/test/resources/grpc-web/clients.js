// The clients of the npm packages behind one face:
//   say(text, options)  a unary call: { text, head, trailers }, or throws { code, message, details }
//   tell(text, options) a server-streaming call: { next(), cancel() }; next() gives a text, null at the end, or throws
// options: { service, metadata, deadline (milliseconds) }
const { create, createFileRegistry, fromBinary } = require('@bufbuild/protobuf');
const { FileDescriptorProtoSchema, StringValueSchema, file_google_protobuf_wrappers } = require('@bufbuild/protobuf/wkt');
const { createClient } = require('@connectrpc/connect');
const { createGrpcWebTransport } = require('@connectrpc/connect-web');
const { StringValue } = require('google-protobuf/google/protobuf/wrappers_pb.js');
const { GrpcWebClientBase, MethodDescriptor, MethodType } = require('grpc-web');

// What a stream brings, for whoever asks next; an end is null, a failure an Error.
class Inbox {
  constructor() {
    this.things = [];
    this.waiting = null;
  }
  put(thing) {
    this.things.push(thing);
    if (this.waiting) this.waiting();
  }
  async take() {
    while (this.things.length === 0) await new Promise((come) => (this.waiting = come));
    const thing = this.things.shift();
    if (thing instanceof Error) throw thing;
    return thing;
  }
}

function failed(code, message, details) {
  return Object.assign(new Error(message), { code, details });
}

// grpc-web: `format` is 'text' or 'binary'.
function grpcWeb(base, format) {
  const client = new GrpcWebClientBase({ format });
  const method = (service, name, type) => {
    const path = '/' + service + '/' + name;
    const read = (bytes) => StringValue.deserializeBinary(bytes);
    return new MethodDescriptor(path, type, StringValue, StringValue, (message) => message.serializeBinary(), read);
  };
  const metadata = (options) => {
    const fields = { ...options.metadata };
    if (options.deadline) fields.deadline = String(Date.now() + options.deadline);
    return fields;
  };
  const message = (text) => {
    const made = new StringValue();
    made.setValue(text);
    return made;
  };
  // It hands google.rpc.Status on as it comes.
  const failure = (error) => failed(error.code, error.message, error.metadata['grpc-status-details-bin']);
  const url = (service, name) => base + '/' + service + '/' + name;
  return {
    say: (text, options = {}) =>
      new Promise((done, fail) => {
        const service = options.service || 'sluice.test.Probe';
        const seen = { head: {}, trailers: {} };
        const called = method(service, 'Say', MethodType.UNARY);
        const call = client.rpcCall(url(service, 'Say'), message(text), metadata(options), called, (error, answer) => {
          if (error) fail(failure(error));
          else seen.text = answer.getValue();
        });
        call.on('metadata', (head) => (seen.head = head));
        call.on('status', (status) => (seen.trailers = status.metadata));
        call.on('end', () => done(seen));
      }),
    tell: (text, options = {}) => {
      const service = options.service || 'sluice.test.Probe';
      const inbox = new Inbox();
      const called = method(service, 'Tell', MethodType.SERVER_STREAMING);
      const stream = client.serverStreaming(url(service, 'Tell'), message(text), metadata(options), called);
      stream.on('data', (answer) => inbox.put(answer.getValue()));
      stream.on('error', (error) => inbox.put(failure(error)));
      stream.on('end', () => inbox.put(null));
      return { next: () => inbox.take(), cancel: () => stream.cancel() };
    },
  };
}

// A service as protoc would describe it.
function service(name) {
  const [, packageName, serviceName] = /^(.*)\.([^.]+)$/.exec(name);
  const type = '.google.protobuf.StringValue';
  const file = create(FileDescriptorProtoSchema, {
    name: name + '.proto',
    package: packageName,
    syntax: 'proto3',
    dependency: ['google/protobuf/wrappers.proto'],
    service: [
      {
        name: serviceName,
        method: [
          { name: 'Say', inputType: type, outputType: type },
          { name: 'Tell', inputType: type, outputType: type, serverStreaming: true },
        ],
      },
    ],
  });
  return createFileRegistry(file, () => file_google_protobuf_wrappers).getService(name);
}

function connect(base) {
  const transport = createGrpcWebTransport({ baseUrl: base });
  const client = (options) => createClient(service(options.service || 'sluice.test.Probe'), transport);
  const failure = (error) => {
    const details = error.details || [];
    const told = details.map((detail) => detail.type + ' ' + fromBinary(StringValueSchema, detail.value).value);
    return failed(error.code, error.rawMessage || String(error), told.join());
  };
  return {
    say: async (text, options = {}) => {
      const seen = { head: {}, trailers: {} };
      try {
        const answer = await client(options).say(
          { value: text },
          {
            headers: options.metadata,
            timeoutMs: options.deadline,
            onHeader: (head) => (seen.head = Object.fromEntries(head)),
            onTrailer: (trailers) => (seen.trailers = Object.fromEntries(trailers)),
          },
        );
        seen.text = answer.value;
        return seen;
      } catch (error) {
        throw failure(error);
      }
    },
    tell: (text, options = {}) => {
      const cancelled = new AbortController();
      const answers = client(options)
        .tell({ value: text }, { headers: options.metadata, timeoutMs: options.deadline, signal: cancelled.signal })
        [Symbol.asyncIterator]();
      const next = async () => {
        try {
          const answer = await answers.next();
          return answer.done ? null : answer.value.value;
        } catch (error) {
          throw failure(error);
        }
      };
      return { next, cancel: () => cancelled.abort() };
    },
  };
}

module.exports = {
  'grpc-web text': (base) => grpcWeb(base, 'text'),
  'grpc-web binary': (base) => grpcWeb(base, 'binary'),
  connect,
};
