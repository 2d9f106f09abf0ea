/**
 * Prints what the console offers for each client, as JSON, for the facts in COFFER_SNIPPET_FACTS: the black box puts them into the real
 * programs.
 */
import type { SnippetFacts } from '../src/features/keys/snippet.ts';
import { snippets } from '../src/features/keys/snippets.ts';

const facts = process.env.COFFER_SNIPPET_FACTS;
if (!facts) throw new Error('COFFER_SNIPPET_FACTS has to hold what the snippets are filled with, as JSON');
console.log(JSON.stringify(snippets(JSON.parse(facts) as SnippetFacts)));
