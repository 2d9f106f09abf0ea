import { Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { bucketsQuery } from '../features/buckets/buckets.ts';
import { nameOf, usersQuery } from '../features/people/people.ts';
import { mayManage, useSession } from '../features/session/session.ts';
import { useT } from '../i18n/index.tsx';
import { paths } from '../routes/paths.ts';
import classes from './Palette.module.css';
import { type Command, matching } from './palette.ts';

/** Everything one can go to, in the order in which it is offered before anything is typed. */
function useCommands(): Command[] {
  const t = useT();
  const navigate = useNavigate();
  const session = useSession();
  const manages = mayManage(session);
  const visiting = session.visitor !== undefined;
  const { data: buckets } = useQuery(bucketsQuery);
  const { data: users } = useQuery({ ...usersQuery, enabled: manages });
  return useMemo(() => {
    const page = (id: string, name: string, go: () => void): Command => ({ id, name, kind: t('palette.page'), go });
    const all: Command[] = [page('buckets', t('buckets.title'), () => navigate({ to: paths.objectStorage }))];
    if (!visiting)
      all.push(page('keys', t('keys.tab'), () => navigate({ to: paths.objectStorage, search: { tab: 'keys' } })));
    if (manages) {
      all.push(
        page('users', t('people.users'), () => navigate({ to: paths.people })),
        page('groups', t('people.groups'), () => navigate({ to: paths.people, search: { tab: 'groups' } })),
        page('allKeys', t('people.allKeysLong'), () => navigate({ to: paths.people, search: { tab: 'keys' } })),
        page('audit', t('audit.title'), () => navigate({ to: paths.audit })),
      );
    }
    all.push(page('usage', t('usage.title'), () => navigate({ to: paths.usage })));
    if (!visiting)
      all.push(
        page('tokens', t('tokens.title'), () => navigate({ to: paths.tokens })),
        page('sessions', t('sessions.title'), () => navigate({ to: paths.sessions })),
      );
    all.push(page('contract', t('contract.title'), () => navigate({ to: paths.contract })));
    for (const { name } of buckets ?? [])
      all.push({
        id: `bucket ${name}`,
        name,
        kind: t('palette.bucket'),
        go: () => navigate({ to: paths.bucket, params: { bucket: name } }),
      });
    for (const { name } of buckets ?? [])
      all.push({
        id: `settings ${name}`,
        name: t('set.title', { name }),
        kind: t('palette.settings'),
        go: () => navigate({ to: paths.bucketSettings, params: { bucket: name } }),
      });
    for (const user of users ?? [])
      all.push({
        id: `user ${user.id}`,
        name: `${nameOf(user)} ${user.properties.email}`,
        kind: t('palette.user'),
        go: () => navigate({ to: paths.user, params: { userId: user.id } }),
      });
    return all;
  }, [t, navigate, manages, visiting, buckets, users]);
}

/** Leads to any page, bucket or user by a few letters. The focus stays in the field; arrows choose, Enter goes. */
export function Palette({ onClose }: { onClose: () => void }) {
  const t = useT();
  const id = useId();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const commands = useCommands();
  const shown = useMemo(() => matching(commands, typed), [commands, typed]);
  const active = Math.min(at, shown.length - 1);

  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  function run(command: Command | undefined) {
    if (!command) return;
    onClose();
    command.go();
  }
  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && shown.length > 0) {
      event.preventDefault();
      setAt((active + step + shown.length) % shown.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(shown[active]);
    }
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={t('palette.title')}
      yOffset="10vh"
      centered={false}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      <Stack gap="sm" pt={4}>
        <TextInput
          data-autofocus
          role="combobox"
          aria-expanded
          aria-controls={`${id}-list`}
          aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
          aria-autocomplete="list"
          aria-label={t('palette.field')}
          placeholder={t('palette.field')}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={event => {
            setTyped(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          autoComplete="off"
          spellCheck={false}
        />
        {shown.length === 0 && (
          <Text size="sm" c="dimmed" role="status">
            {t('palette.none')}
          </Text>
        )}
        <div ref={list} id={`${id}-list`} role="listbox" aria-label={t('palette.title')} className={classes.list}>
          {shown.map((command, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys
            // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the active option
            <div
              key={command.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              className={classes.item}
              onMouseMove={() => setAt(index)}
              onClick={() => run(command)}
            >
              <span>{command.name}</span>
              <span className={classes.kind}>{command.kind}</span>
            </div>
          ))}
        </div>
      </Stack>
    </Modal>
  );
}
