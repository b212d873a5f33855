// The reference client with the mistakes that FAULTS names, separated by commas. Don't copy from here.
import { calls, configured } from '../reference/adapter.mjs';
import { Client } from '../reference/client.mjs';
import { Partner, Verifier } from '../reference/partner.mjs';
import { adapter } from '../serve.mjs';
import { clientFaults } from './client-faults.mjs';
import { partnerFaults, verifierFaults } from './partner-faults.mjs';

const names = (process.env.FAULTS ?? '').split(',').filter(Boolean);
const known = { ...clientFaults, ...partnerFaults, ...verifierFaults };
const unknown = names.filter((name) => !Object.hasOwn(known, name));
if (unknown.length > 0) throw new Error(`FAULTS: no fault is named ${unknown.join(', ')}`);

const wrong = (faults, Right) => names.filter((name) => Object.hasOwn(faults, name)).reduce((Class, name) => faults[name](Class), Right);
await adapter(calls(configured(process.env, {
  Client: wrong(clientFaults, Client),
  Partner: wrong(partnerFaults, Partner),
  Verifier: wrong(verifierFaults, Verifier),
})));
