import { ActionIcon, Badge, Table, Tooltip } from '@mantine/core';
import { IconBucket, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Region } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { paths } from '../../routes/paths.ts';
import type { Bucket } from '../../s3/types.ts';
import classes from './BucketTable.module.css';
import { ownershipOf } from './buckets.ts';

interface Props {
  buckets: Bucket[];
  regions: Region[];
  onDelete: (bucket: Bucket) => void;
}

export function BucketTable({ buckets, regions, onDelete }: Props) {
  const { t, date } = useI18n();
  return (
    <Table verticalSpacing="sm" className={classes.table}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('buckets.name')}</Table.Th>
          <Table.Th className={classes.region}>{t('keys.region')}</Table.Th>
          <Table.Th className={classes.type}>{t('keys.bucketType')}</Table.Th>
          <Table.Th className={classes.created}>{t('buckets.created')}</Table.Th>
          <Table.Th className={classes.actions}>
            <span className="coffer-offscreen">{t('ui.actions')}</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {buckets.map(bucket => {
          const user = ownershipOf(bucket.region, regions) === 'user-owned';
          return (
            <Table.Tr key={bucket.name}>
              <Table.Td>
                <Link to={paths.bucket} params={{ bucket: bucket.name }} className={classes.name}>
                  <IconBucket size={18} aria-hidden />
                  <span>{bucket.name}</span>
                </Link>
              </Table.Td>
              <Table.Td className={classes.region}>{bucket.region || regions[0]?.id}</Table.Td>
              <Table.Td className={classes.type}>
                <Badge color={user ? 'brass' : 'tide'}>
                  {user ? t('buckets.userOwned') : t('buckets.contractOwned')}
                </Badge>
              </Table.Td>
              <Table.Td className={classes.created}>{date(bucket.created)}</Table.Td>
              <Table.Td className={classes.actions}>
                <Tooltip label={t('ui.delete')}>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t('buckets.deleteOf', { name: bucket.name })}
                    onClick={() => onDelete(bucket)}
                  >
                    <IconTrash size={18} aria-hidden />
                  </ActionIcon>
                </Tooltip>
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
