import { Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useT } from '../i18n/index.tsx';
import classes from './Palette.module.css';
import { type Command, matching } from './palette.ts';

interface Props {
  /** Everything one can go to, in the order in which it is offered before anything is typed. */
  commands: Command[];
  /** What can be found. */
  label: string;
  onClose: () => void;
}

/** Leads somewhere by a few letters. The focus stays in the field; arrows choose, Enter goes. */
export function Palette({ commands, label, onClose }: Props) {
  const t = useT();
  const id = useId();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
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
          aria-label={label}
          placeholder={label}
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
