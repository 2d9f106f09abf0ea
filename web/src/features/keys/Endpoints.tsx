import { Badge, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useT } from '../../i18n/index.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { Section } from '../../ui/Section.tsx';
import { FailureState, Loading } from '../../ui/States.tsx';
import classes from './Endpoints.module.css';
import { endpointOf, regionsQuery } from './keys.ts';

/** Each region with the type of its buckets and its address. */
export function Endpoints() {
  const t = useT();
  const { data: regions, error, refetch } = useQuery(regionsQuery);
  return (
    <Section title={t('keys.endpoints')} hint={t('keys.endpointsHint')}>
      {error ? (
        <FailureState error={error} onRetry={refetch} />
      ) : !regions ? (
        <Loading />
      ) : (
        <Table verticalSpacing="sm" className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th className={classes.region}>{t('keys.region')}</Table.Th>
              <Table.Th className={classes.type}>{t('keys.bucketType')}</Table.Th>
              <Table.Th>{t('keys.endpointUrl')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {regions.map(region => (
              <Table.Tr key={region.id}>
                <Table.Td className={classes.region}>
                  <span className={classes.mono}>{region.id}</span>
                </Table.Td>
                <Table.Td className={classes.type}>
                  <Badge color={region.properties.bucketOwnership === 'user-owned' ? 'brass' : 'tide'}>
                    {region.properties.bucketOwnership === 'user-owned'
                      ? t('buckets.userOwned')
                      : t('buckets.contractOwned')}
                  </Badge>
                </Table.Td>
                <Table.Td>
                  <div className={classes.url}>
                    <span className={classes.mono}>{endpointOf(region)}</span>
                    <CopyButton value={endpointOf(region)} what={t('keys.endpointOf', { region: region.id })} />
                  </div>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
}
