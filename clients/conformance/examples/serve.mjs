// An adapter's two forms: a server on PORT, and a command for each call. README.md says what a call has to answer.
import { createServer } from 'node:http';

/** `calls` has a function for each call; a failure's `word` is what the runner is told. */
export async function adapter(calls) {
  const [name] = process.argv.slice(2);
  if (name) process.stdout.write(JSON.stringify(await answer(calls, name, await text(process.stdin))));
  else serve(calls);
}

function serve(calls) {
  const server = createServer(async (request, response) => {
    const answered = await answer(calls, request.url.slice(1), await text(request));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answered));
  });
  server.listen(process.env.PORT, '127.0.0.1');
}

async function answer(calls, name, input) {
  if (!Object.hasOwn(calls, name)) return { error: 'not-supported' };
  try {
    return { ok: true, ...(await calls[name](JSON.parse(input || '{}'))) };
  } catch (failure) {
    if (failure.word) return { error: failure.word };
    // A mistake of ours, which fails the check. Its text may quote a token.
    console.error(`${name}: ${failure.name}\n${failure.stack?.split('\n').slice(-5).join('\n')}`);
    return { error: 'bug' };
  }
}

async function text(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
