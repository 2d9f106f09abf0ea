import { Alert, Badge, Button, Code, FileButton, Group, Modal, Progress, Stack, Table, Text } from '@mantine/core';
import { IconDownload, IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { asFailure } from '../../api/failure.ts';
import { useT } from '../../i18n/index.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { saveText } from '../../ui/download.ts';
import { explain, FailureState, Loading } from '../../ui/States.tsx';
import { csvField, type Line, maxFile, maxUsers, type Table as People, readPeople } from './csv.ts';
import classes from './people.module.css';
import { addMember, createUser, groupsQuery, inviteUser, randomPassword, usersQuery } from './people.ts';
import { useAct } from './useAct.ts';

/** What came of a line: the link for the person, or why there is none. */
interface Outcome {
  link?: string;
  error?: string;
}

const sample = 'email,firstname,lastname,administrator,groups\nada@example.org,Ada,Lovelace,no,Storage users';

/** Makes many users from a table: read, shown with what is wrong in each line, made one by one, each with a link to hand over. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const { refresh } = useAct();
  const users = useQuery(usersQuery);
  const groups = useQuery(groupsQuery);
  const [table, setTable] = useState<People | null>(null);
  const [tooLarge, setTooLarge] = useState(false);
  const [outcomes, setOutcomes] = useState<Outcome[] | null>(null);
  const [busy, setBusy] = useState(false);
  const stopped = useRef(false);
  const error = users.error ?? groups.error;
  const good = table?.lines.filter(line => !line.fault) ?? [];
  const done = outcomes?.length ?? 0;

  async function choose(file: File | null) {
    if (!file || !users.data || !groups.data) return;
    setTooLarge(file.size > maxFile);
    if (file.size > maxFile) return setTable(null);
    const taken = new Set(users.data.map(user => user.properties.email.toLowerCase()));
    setTable(readPeople(await file.text(), taken, new Set(groups.data.map(group => group.properties.name))));
  }

  async function make(line: Line): Promise<Outcome> {
    const { email, firstname, lastname, administrator } = line;
    try {
      const user = await createUser({ email, firstname, lastname, administrator, password: randomPassword() });
      for (const name of line.groups) {
        const group = groups.data?.find(one => one.properties.name === name);
        if (group) await addMember(group.id, user.id);
      }
      return { link: (await inviteUser(user.id)).link };
    } catch (caught) {
      return { error: explain(t, asFailure(caught)).text };
    }
  }

  async function run() {
    setBusy(true);
    const all: Outcome[] = [];
    for (const line of good) {
      if (stopped.current) break;
      all.push(await make(line));
      setOutcomes([...all]);
    }
    await refresh();
    setBusy(false);
  }

  function close() {
    stopped.current = true;
    onClose();
  }

  function save() {
    const rows = good.map((line, at) => [line.email, outcomes?.[at]?.link ?? '', outcomes?.[at]?.error ?? '']);
    const text = [['email', 'link', 'error'], ...rows].map(row => row.map(csvField).join(',')).join('\r\n');
    saveText('invitations.csv', `${text}\r\n`, 'text/csv');
  }

  return (
    <Modal
      opened
      size="xl"
      onClose={close}
      title={t('people.import')}
      closeOnClickOutside={!outcomes}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      <Stack>
        <Text size="sm">{t('people.importText', { n: maxUsers })}</Text>
        {!table && <Code block>{sample}</Code>}
        {error ? <FailureState error={error} /> : !users.data || !groups.data ? <Loading /> : null}
        {tooLarge && <Alert color="red">{t('people.importLarge', { n: maxFile / 1024 })}</Alert>}
        {table?.fault && <Alert color="red">{t(`people.importFault.${table.fault}`, { n: maxUsers })}</Alert>}
        {table && table.lines.length > 0 && <Preview lines={outcomes ? good : table.lines} outcomes={outcomes} />}
        {busy && (
          <Progress.Root size="lg">
            <Progress.Section value={(100 * done) / good.length} aria-label={t('people.importProgress')} />
          </Progress.Root>
        )}
        <Group justify="flex-end">
          {outcomes && !busy ? (
            <>
              <Button variant="default" leftSection={<IconDownload size={18} aria-hidden />} onClick={save}>
                {t('people.importSave')}
              </Button>
              <Button onClick={close}>{t('ui.close')}</Button>
            </>
          ) : (
            <>
              <FileButton accept=".csv,text/csv,text/plain" onChange={choose}>
                {props => (
                  <Button
                    {...props}
                    variant="default"
                    disabled={busy || !users.data || !groups.data}
                    leftSection={<IconUpload size={18} aria-hidden />}
                  >
                    {t('people.importChoose')}
                  </Button>
                )}
              </FileButton>
              <Button loading={busy} disabled={good.length === 0} onClick={run}>
                {t('people.importRun', { count: good.length })}
              </Button>
            </>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Preview({ lines, outcomes }: { lines: Line[]; outcomes: Outcome[] | null }) {
  const t = useT();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className={classes.preview} tabIndex={0} aria-label={t('people.importPreview')}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('people.importLine')}</Table.Th>
            <Table.Th>{t('people.name')}</Table.Th>
            <Table.Th>{t('people.groups')}</Table.Th>
            <Table.Th>{t('people.importState')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map((line, at) => (
            <Table.Tr key={line.number}>
              <Table.Td>{line.number}</Table.Td>
              <Table.Td className={classes.wrap}>
                {line.firstname} {line.lastname}
                <Text size="xs" c="dimmed">
                  {line.email} {line.administrator && `· ${t('people.administrator')}`}
                </Text>
              </Table.Td>
              <Table.Td className={classes.wrap}>{line.groups.join(', ')}</Table.Td>
              <Table.Td>
                <State line={line} outcome={outcomes?.[at]} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function State({ line, outcome }: { line: Line; outcome: Outcome | undefined }) {
  const t = useT();
  if (outcome?.link) return <CopyButton value={outcome.link} what={t('people.invitationLink')} labelled />;
  if (outcome?.error || line.fault) {
    return (
      <Text size="sm" c="var(--mantine-color-error)">
        {outcome?.error ?? (line.fault && t(`people.lineFault.${line.fault}`))}
      </Text>
    );
  }
  return <Badge color="tide">{t('people.importReady')}</Badge>;
}
