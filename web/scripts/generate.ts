/** Writes what is generated: the types of the APIs from ../api/*.yaml and the theme's CSS variables. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { themeCss } from '../src/theme/css.ts';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');

for (const name of ['console', 'management', 'cloud']) {
  const source = join(web, '..', 'api', `${name}.yaml`);
  if (!existsSync(source)) {
    console.log(`api/${name}.yaml is not there: skipped`);
    continue;
  }
  const target = join(web, 'src', 'api', `${name}.gen.ts`);
  execFileSync(
    process.execPath,
    [join(web, 'node_modules', 'openapi-typescript', 'bin', 'cli.js'), source, '-o', target, '--alphabetize'],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  console.log(`src/api/${name}.gen.ts`);
}
writeFileSync(join(web, 'src', 'theme', 'variables.css'), themeCss());
console.log('src/theme/variables.css');
