import { Badge, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { OperatorRegion } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { useTitle } from '../../shell/useTitle.ts';
import { PageHeader, Section } from '../../ui/Section.tsx';
import { FailureState, Loading } from '../../ui/States.tsx';
import classes from './operator.module.css';
import { regionsHeldQuery } from './operator.ts';
import { useOperatorWords } from './words.ts';

/** Every region with what the buckets in it hold. */
export function RegionsPage() {
  const w = useOperatorWords();
  const { data, error, refetch } = useQuery(regionsHeldQuery);
  useTitle(w('op.regions'));
  return (
    <>
      <PageHeader title={w('op.regions')} />
      <Section title={w('op.regions')} hint={w('op.regionsHint')}>
        {error ? (
          <FailureState error={error} onRetry={refetch} deniedHint={w('op.denied')} />
        ) : !data ? (
          <Loading />
        ) : (
          <RegionTable regions={data} />
        )}
      </Section>
    </>
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
