import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconMailForward, IconPasswordUser, IconShieldOff } from '@tabler/icons-react';
import { useState } from 'react';
import type { Invitation, User } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { ExplainedButton } from '../../ui/Explained.tsx';
import { CopyField, Field, FieldList } from '../../ui/Field.tsx';
import { Section } from '../../ui/Section.tsx';
import { toast } from '../../ui/toasts.tsx';
import { useSession } from '../session/session.ts';
import { inviteUser, nameOf, randomPassword, resetFactor, updateUser, writable } from './people.ts';
import { useAct } from './useAct.ts';

type Dialog = 'invite' | 'temporary' | 'factor' | null;
/** What is shown once, after it was made. */
export type Shown = { kind: 'invitation'; invitation: Invitation } | { kind: 'password'; password: string };

/** How a user signs in, and the ways back in for whoever lost theirs. */
export function UserAccess({ user }: { user: User }) {
  const { t, dateTime } = useI18n();
  const session = useSession();
  const { refresh } = useAct();
  const [dialog, setDialog] = useState<Dialog>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const self = user.id === session.user.id ? t('people.ownAccess') : '';
  const name = nameOf(user);

  async function confirm() {
    if (dialog === 'invite') setShown({ kind: 'invitation', invitation: await inviteUser(user.id) });
    if (dialog === 'temporary') {
      const password = randomPassword();
      await updateUser(user.id, { ...writable(user), password, temporaryPassword: true });
      setShown({ kind: 'password', password });
    }
    if (dialog === 'factor') {
      await resetFactor(user.id);
      toast({ kind: 'done', title: t('people.factorReset', { name }) });
    }
    await refresh();
  }

  return (
    <Section title={t('people.about')}>
      <Stack>
        <FieldList>
          <Field label={t('keys.created')}>{dateTime(user.metadata?.createdDate)}</Field>
          <Field label={t('people.lastLogin')}>
            {user.metadata?.lastLogin ? dateTime(user.metadata.lastLogin) : t('people.neverSignedIn')}
          </Field>
          <Field label={t('people.secondFactor')}>
            {user.properties.secAuthActive ? t('people.on') : t('people.off')}
          </Field>
          {user.properties.temporaryPassword && <Field label={t('people.password')}>{t('people.isTemporary')}</Field>}
        </FieldList>
        <Group>
          <ExplainedButton
            reason={self}
            variant="default"
            leftSection={<IconMailForward size={18} aria-hidden />}
            onClick={() => setDialog('invite')}
          >
            {user.metadata?.lastLogin ? t('people.inviteAgain') : t('people.invite')}
          </ExplainedButton>
          <ExplainedButton
            reason={self}
            variant="default"
            leftSection={<IconPasswordUser size={18} aria-hidden />}
            onClick={() => setDialog('temporary')}
          >
            {t('people.temporary')}
          </ExplainedButton>
          <ExplainedButton
            reason={self || (user.properties.secAuthActive ? '' : t('people.factorIsOff'))}
            variant="default"
            leftSection={<IconShieldOff size={18} aria-hidden />}
            onClick={() => setDialog('factor')}
          >
            {t('people.factorDrop')}
          </ExplainedButton>
        </Group>
      </Stack>
      {dialog && (
        <ConfirmDialog
          key={dialog}
          title={t(`people.ask.${dialog}`, { name })}
          confirm={t('ui.ok')}
          danger={dialog === 'factor'}
          onConfirm={confirm}
          onClose={() => setDialog(null)}
        >
          <Text size="sm">{t(`people.askText.${dialog}`)}</Text>
        </ConfirmDialog>
      )}
      {shown && <ShownOnce name={name} shown={shown} onClose={() => setShown(null)} />}
    </Section>
  );
}

/** Shows a link or password this once, to be handed over. */
export function ShownOnce({ name, shown, onClose }: { name: string; shown: Shown; onClose: () => void }) {
  const { t, dateTime } = useI18n();
  const invited = shown.kind === 'invitation';
  return (
    <Modal
      opened
      size="lg"
      onClose={onClose}
      title={invited ? t('people.invitation', { name }) : t('people.temporaryOf', { name })}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': t('ui.close') }}
    >
      <Stack>
        <Alert color="tide">
          {invited
            ? t('people.invitationText', { until: dateTime(shown.invitation.expires) })
            : t('people.temporaryText')}
        </Alert>
        <FieldList>
          {invited ? (
            <CopyField label={t('people.invitationLink')} value={shown.invitation.link} labelled />
          ) : (
            <CopyField label={t('people.temporaryPassword')} value={shown.password} labelled />
          )}
        </FieldList>
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('ui.close')}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
