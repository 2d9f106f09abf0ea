import { Alert, Button, Code, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconDownload, IconShieldCheck } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useMemo, useState } from 'react';
import { body, consoleApi } from '../../api/client.ts';
import { useT } from '../../i18n/index.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { saveText } from '../../ui/download.ts';
import { CopyField, FieldList } from '../../ui/Field.tsx';
import { qrCode, qrPath } from '../../ui/qr.ts';
import { FailureAlert, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import classes from './SecondFactor.module.css';
import { sessionQuery, useSession } from './session.ts';

/** Sets one's own second factor up, or switches it off. */
export function SecondFactorDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  // What is active when the dialog opens decides what it is for; setting up ends with codes to be kept.
  const [active] = useState(useSession().user.secondFactor.active);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('session.factor')}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
      closeOnClickOutside={false}
    >
      {active ? <Disable onDone={onClose} /> : <SetUp onDone={onClose} />}
    </Modal>
  );
}

/** Leads through: scan, type a code, keep the recovery codes. */
export function SetUp({ onDone }: { onDone: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[] | null>(null);
  const { data, error } = useQuery({
    queryKey: ['second-factor'],
    queryFn: () => body(consoleApi.POST('/console/second-factor')),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    refetchOnWindowFocus: false,
  });

  if (error) return <FailureAlert error={error} />;
  if (!data) return <Loading />;
  if (codes) {
    const done = async () => {
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      onDone();
    };
    return <RecoveryCodes codes={codes} onDone={done} />;
  }
  return (
    <Stack>
      <Text size="sm">{t('session.factorText')}</Text>
      <QrImage text={data.url} />
      <FieldList>
        <CopyField label={t('session.factorSecret')} value={data.secret} />
      </FieldList>
      <CodeForm
        label={t('session.factorConfirm')}
        onCode={async code => {
          const answer = await body(consoleApi.PUT('/console/second-factor', { body: { code } }));
          setCodes(answer.recoveryCodes);
        }}
      />
    </Stack>
  );
}

function QrImage({ text }: { text: string }) {
  const t = useT();
  const { size, path } = useMemo(() => {
    const points = qrCode(text);
    return { size: points.length + 8, path: qrPath(points) };
  }, [text]);
  return (
    <svg className={classes.qr} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t('session.factorQr')}>
      <title>{t('session.factorQr')}</title>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}

function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => Promise<void> }) {
  const t = useT();
  const text = `${codes.join('\n')}\n`;
  return (
    <Stack>
      <Alert color="tide" icon={<IconShieldCheck size={20} aria-hidden />} title={t('session.factorOn')} role="status">
        {t('session.recoveryText')}
      </Alert>
      <Code block>{text.trim()}</Code>
      <Group>
        <Button
          leftSection={<IconDownload size={18} aria-hidden />}
          onClick={() => saveText('coffer-recovery-codes.txt', text, 'text/plain')}
        >
          {t('ui.saveFile')}
        </Button>
        <CopyButton value={text} what={t('session.recoveryCodes')} labelled size="sm" />
        <Button variant="default" onClick={onDone}>
          {t('session.recoveryKept')}
        </Button>
      </Group>
    </Stack>
  );
}

function Disable({ onDone }: { onDone: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const { required } = useSession().user.secondFactor;
  return (
    <Stack>
      <Text size="sm">{t('session.factorIsOn')}</Text>
      {required ? (
        <Text size="sm" c="dimmed">
          {t('session.factorRequired')}
        </Text>
      ) : (
        <CodeForm
          label={t('session.factorDisable')}
          onCode={async code => {
            await body(consoleApi.POST('/console/second-factor/disable', { body: { code } }));
            await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
            toast({ kind: 'done', title: t('session.factorOff') });
            onDone();
          }}
        />
      )}
    </Stack>
  );
}

function CodeForm({ label, onCode }: { label: string; onCode: (code: string) => Promise<void> }) {
  const t = useT();
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy || !code.trim()) return;
    setBusy(true);
    setError(null);
    try {
      await onCode(code.trim());
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={t('session.code')}
          value={code}
          onChange={event => setCode(event.currentTarget.value)}
          autoComplete="one-time-code"
          inputMode="numeric"
          maxLength={64}
          data-autofocus
        />
        <FailureAlert error={error} />
        <Group justify="flex-end">
          <Button type="submit" loading={busy}>
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
