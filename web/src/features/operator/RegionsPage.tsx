import { Badge, Button, Group, Modal, Radio, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { OperatorRegion } from '../../api/types.ts';
import { useI18n, useT } from '../../i18n/index.tsx';
import { useTitle } from '../../shell/useTitle.ts';
import { PageHeader, Section } from '../../ui/Section.tsx';
import { FailureAlert, FailureState, Loading } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';
import classes from './operator.module.css';
import { createRegion, type RegionOwnership, regionNameRule, regionsHeldQuery } from './operator.ts';
import { useOperatorWords } from './words.ts';

/** Every region with what the buckets in it hold. */
export function RegionsPage() {
  const w = useOperatorWords();
  const { data, error, refetch } = useQuery(regionsHeldQuery);
  const [creating, setCreating] = useState(false);
  useTitle(w('op.regions'));
  return (
    <>
      <PageHeader title={w('op.regions')} />
      <Section
        title={w('op.regions')}
        hint={w('op.regionsHint')}
        action={
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setCreating(true)}>
            {w('op.createRegion')}
          </Button>
        }
      >
        {error ? (
          <FailureState error={error} onRetry={refetch} deniedHint={w('op.denied')} />
        ) : !data ? (
          <Loading />
        ) : (
          <RegionTable regions={data} />
        )}
      </Section>
      {creating && <CreateRegionDialog onClose={() => setCreating(false)} />}
    </>
  );
}

function CreateRegionDialog({ onClose }: { onClose: () => void }) {
  const w = useOperatorWords();
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [ownership, setOwnership] = useState<RegionOwnership>('contract-owned');
  const [tried, setTried] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const wrong = !regionNameRule.test(name);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (wrong || busy) return;
    setBusy(true);
    setError(null);
    try {
      await createRegion(name, ownership);
      await client.invalidateQueries({ queryKey: regionsHeldQuery.queryKey });
      toast({ kind: 'done', title: w('op.regionMade', { name }) });
      onClose();
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={w('op.createRegion')} closeButtonProps={{ 'aria-label': t('ui.close') }}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text size="sm">{w('op.createRegionText')}</Text>
          <TextInput
            label={w('op.name')}
            description={w('op.regionNameRule')}
            value={name}
            maxLength={32}
            autoComplete="off"
            spellCheck={false}
            error={tried && wrong && w('op.regionNameWrong')}
            onChange={event => setName(event.currentTarget.value)}
            data-autofocus
          />
          <Radio.Group
            label={w('op.ownership')}
            value={ownership}
            onChange={value => setOwnership(value as RegionOwnership)}
          >
            <Stack gap="xs" mt={6}>
              <Radio value="contract-owned" label={w('op.contractOwned')} />
              <Radio value="user-owned" label={w('op.userOwned')} />
            </Stack>
          </Radio.Group>
          <FailureAlert error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={busy}>
              {w('op.createRegion')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function RegionTable({ regions }: { regions: OperatorRegion[] }) {
  const w = useOperatorWords();
  const { bytes, number } = useI18n();
  return (
    <Table verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{w('op.region')}</Table.Th>
          <Table.Th>{w('op.ownership')}</Table.Th>
          <Table.Th className={classes.wide}>{w('op.endpoint')}</Table.Th>
          <Table.Th className={classes.middle}>{w('op.buckets')}</Table.Th>
          <Table.Th>{w('op.stored')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {regions.map((region, index) => (
          <Table.Tr key={region.name}>
            <Table.Td>
              <Text fw={550} component="span">
                {region.name}
              </Text>{' '}
              {index === 0 && <Badge color="gray">{w('op.default')}</Badge>}
            </Table.Td>
            <Table.Td>{region.ownership === 'user-owned' ? w('op.userOwned') : w('op.contractOwned')}</Table.Td>
            <Table.Td className={`${classes.wide} ${classes.wrap}`}>{region.endpoint}</Table.Td>
            <Table.Td className={classes.middle}>{number(region.buckets)}</Table.Td>
            <Table.Td>
              {w('op.storedText', {
                count: region.objects,
                n: number(region.objects),
                bytes: bytes(region.bytes),
              })}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
