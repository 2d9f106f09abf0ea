import type { AccessKey } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import classes from './LastUse.module.css';

interface Props {
  use: AccessKey['metadata']['lastUsed'];
  /** Whether the line says what its time means, where no column's head does. */
  labelled?: boolean;
}

/** Says when a key was used last, and on demand for what, from where and by which program. */
export function LastUse({ use, labelled = false }: Props) {
  const { t, dateTime } = useI18n();
  const label = labelled ? `${t('keys.lastUsed')}: ` : '';
  if (!use) return <span className={classes.line}>{`${label}${t('keys.neverUsed')}`}</span>;
  const facts = [
    [t('keys.useOperation'), use.operation],
    [t('keys.useBucket'), use.bucket],
    [t('keys.useSource'), use.source],
    [t('keys.useProgram'), use.program],
  ].filter(([, value]) => value);
  return (
    <details className={classes.line}>
      <summary>{`${label}${dateTime(use.date)}`}</summary>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
