import { ActionIcon, Button, Checkbox, Progress, Text, Tooltip } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconFileUpload,
  IconHelpCircle,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconX,
} from '@tabler/icons-react';
import { memo, type ReactNode, useRef, useState } from 'react';
import { useI18n, useT } from '../../i18n/index.tsx';
import { explain } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import { transfers } from './store.ts';
import classes from './TransferTray.module.css';
import { moving, type Transfer } from './types.ts';

const icons: Record<Transfer['state'], ReactNode> = {
  waiting: <IconFileUpload size={18} />,
  running: <IconFileUpload size={18} />,
  paused: <IconPlayerPause size={18} />,
  conflict: <IconHelpCircle size={18} />,
  interrupted: <IconPlayerPause size={18} />,
  done: <IconCircleCheck size={18} />,
  skipped: <IconCircleX size={18} />,
  failed: <IconAlertTriangle size={18} />,
  cancelled: <IconCircleX size={18} />,
};

export const TransferRow = memo(function TransferRow({ transfer, alone }: { transfer: Transfer; alone: boolean }) {
  const { t, bytes } = useI18n();
  const { id, key, bucket, state, size, sent, failure } = transfer;
  const name = key.split('/').at(-1) ?? key;
  const share = size > 0 ? (sent / size) * 100 : 0;
  return (
    <li className={classes.row} data-state={state}>
      <span className={classes.icon} aria-hidden>
        {icons[state]}
      </span>
      <div className={classes.what}>
        <div className={classes.name} title={`${bucket}/${key}`}>
          {name}
        </div>
        <Text size="xs" c="dimmed">
          {moving.includes(state) || state === 'paused' ? `${bytes(sent)} / ${bytes(size)} · ` : ''}
          {t(`transfers.state.${state}`)}
          {failure && ` · ${explain(t, failure).text}`}
        </Text>
        {(state === 'running' || state === 'paused') && (
          <Progress value={share} size="xs" mt={4} aria-label={t('transfers.progressOf', { name })} />
        )}
        {state === 'conflict' && <Choice id={id} name={name} alone={alone} />}
        {state === 'interrupted' && <ChooseAgain id={id} name={name} />}
      </div>
      <div className={classes.actions}>
        {moving.includes(state) && (
          <Act label={t('transfers.pause', { name })} onClick={() => transfers.pause(id)}>
            <IconPlayerPause size={16} aria-hidden />
          </Act>
        )}
        {state === 'paused' && (
          <Act label={t('transfers.resume', { name })} onClick={() => transfers.resume(id)}>
            <IconPlayerPlay size={16} aria-hidden />
          </Act>
        )}
        {state === 'failed' && (
          <Act label={t('transfers.retry', { name })} onClick={() => transfers.resume(id)}>
            <IconRefresh size={16} aria-hidden />
          </Act>
        )}
        {!['done', 'cancelled', 'skipped'].includes(state) && (
          <Act label={t('transfers.cancel', { name })} onClick={() => transfers.cancel(id)}>
            <IconX size={16} aria-hidden />
          </Act>
        )}
      </div>
    </li>
  );
});

function Act({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** Asks what to do with a taken name. */
function Choice({ id, name, alone }: { id: number; name: string; alone: boolean }) {
  const t = useT();
  const [all, setAll] = useState(false);
  const choices = ['skip', 'overwrite', 'keep'] as const;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as this row is
    <div role="group" aria-label={t('transfers.taken', { name })} className={classes.choice}>
      <div className={classes.buttons}>
        {choices.map(choice => (
          <Button key={choice} size="compact-xs" variant="default" onClick={() => transfers.resolve(id, choice, all)}>
            {t(`transfers.choice.${choice}`)}
          </Button>
        ))}
      </div>
      {!alone && (
        <Checkbox
          size="xs"
          label={t('transfers.forAll')}
          checked={all}
          onChange={event => setAll(event.currentTarget.checked)}
        />
      )}
    </div>
  );
}

/** A page that was closed has lost its hold on the file: it has to be chosen again, and then goes on where it stopped. */
function ChooseAgain({ id, name }: { id: number; name: string }) {
  const t = useT();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button size="compact-xs" variant="default" mt={4} onClick={() => input.current?.click()}>
        {t('transfers.chooseAgain')}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t('transfers.chooseAgainFor', { name })}
        onChange={event => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file && !transfers.choose(id, file))
            toast({ kind: 'failed', title: t('transfers.otherFile'), text: t('transfers.otherFileText', { name }) });
        }}
      />
    </>
  );
}
