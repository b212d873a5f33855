// A process with a session's file: refreshes it so many times, and prints how many of them got no answer.
import { FileStore, NoAnswerError } from "@postern/client";
import { client, variable } from "./stack.js";

const [baseUrl, path, times] = process.argv.slice(2) as [string, string, string];
const session = client({ baseUrl }).portal({ apiKey: variable("API_KEY") }).session(new FileStore(path));
let lost = 0;
for (let done = 0; done < Number(times); ) {
  try {
    await session.refresh();
    await session.me();
    done += 1;
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    lost += 1;
  }
}
process.stdout.write(`${lost}`);
