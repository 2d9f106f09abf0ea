import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useI18n } from '../../i18n/index.tsx';
import { type SettingsSearch, usageMeasures } from '../../routes/paths.ts';
import { Field, FieldList } from '../../ui/Field.tsx';
import { Section } from '../../ui/Section.tsx';
import { Plot, PlotChoices } from '../records/Plot.tsx';
import classes from '../records/records.module.css';
import { bucketUsageQuery, daysOf, seriesOf } from '../records/records.ts';

type Shown = Pick<SettingsSearch, 'measure' | 'days'>;

interface Props extends Shown {
  bucket: string;
  change: (part: Shown) => void;
}

/** What the bucket held, by day, and holds now. */
export function UsageSection({ bucket, measure = 'bytes', days: count = 30, change }: Props) {
  const { t, number, bytes } = useI18n();
  const days = daysOf(count, Date.now());
  const today = days.at(-1) ?? '';
  const { data, error, refetch } = useQuery(bucketUsageQuery(days[0] ?? '', today, bucket));
  const now = data?.find(row => row.day === today);
  const series =
    data &&
    seriesOf(
      data,
      days,
      () => t(`usage.show.${measure}`),
      row => row[measure],
      '',
    );
  return (
    <Section
      title={t('usage.bucket')}
      hint={t('usage.bucketsHint')}
      action={
        <div className={classes.tools}>
          <PlotChoices measures={usageMeasures.buckets} measure={measure} days={count} change={change} />
        </div>
      }
    >
      <Stack>
        {now && (
          <FieldList>
            <Field label={t('usage.show.bytes')}>{bytes(now.bytes)}</Field>
            <Field label={t('usage.show.objects')}>{number(now.objects)}</Field>
            <Field label={t('usage.show.versions')}>{number(now.versions)}</Field>
          </FieldList>
        )}
        <Plot
          days={days}
          series={series}
          error={error}
          refetch={refetch}
          empty={t('usage.bucketEmpty')}
          denied={t('quota.denied')}
          title={t(`usage.show.${measure}`)}
          format={measure === 'bytes' ? bytes : number}
          base={measure === 'bytes' ? 2 : 10}
        />
      </Stack>
    </Section>
  );
}
