// OpenAI's client with files and batches; prints what it saw as JSON.
import OpenAI, { toFile } from 'openai';

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const seen = {};
const content = '{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Say one."}]}}\n';

const file = await client.files.create({
  file: await toFile(Buffer.from(content), 'nöde.jsonl'),
  purpose: 'batch',
  expires_after: { anchor: 'created_at', seconds: 7200 },
});
seen.filename = file.filename;
seen.life = file.expires_at - file.created_at;
seen.sameFile = JSON.stringify(await client.files.retrieve(file.id)) === JSON.stringify(file);
seen.listed = [];
for await (const one of client.files.list({ purpose: 'batch', limit: 1 })) {
  seen.listed.push(one.id === file.id);
}
seen.sameContent = (await (await client.files.content(file.id)).text()) === content;

const batch = await client.batches.create({
  input_file_id: file.id,
  endpoint: '/v1/chat/completions',
  completion_window: '24h',
  metadata: { from: 'node' },
});
seen.status = batch.status;
seen.metadata = (await client.batches.retrieve(batch.id)).metadata;
seen.batches = 0;
for await (const one of client.batches.list({ limit: 1 })) {
  seen.batches += one.id === batch.id ? 1 : 0;
}
let ended = batch;
while (!['completed', 'failed', 'expired', 'cancelled'].includes(ended.status)) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  ended = await client.batches.retrieve(batch.id);
}
seen.ended = ended.status;
const row = JSON.parse(await (await client.files.content(ended.output_file_id)).text());
seen.output = `${row.custom_id} ${row.response.status_code}`;
seen.cancelled = await client.batches.cancel(batch.id).catch((e) => `${e.status} ${e.message}`);
seen.missing = await client.files.retrieve('file-none').catch((e) => `${e.status} ${e.message}`);
seen.notJsonl = await client.files
  .create({ file: await toFile(Buffer.from('x'), 'a.txt'), purpose: 'batch' })
  .catch((e) => `${e.status} ${e.message}`);
console.log(JSON.stringify(seen));
