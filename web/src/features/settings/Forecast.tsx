import { Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useI18n } from '../../i18n/index.tsx';
import type { LifecycleForecast, LifecycleRule, RuleReport } from '../../s3/rules.ts';
import { deletes, forecastQuery } from './rules.ts';
import classes from './settings.module.css';

/** How long nobody types before the server is asked, in milliseconds. */
const pause = 500;

/** Has the server foretell what rules would do whenever they rest; undefined before it has. */
export function useForecast(bucket: string, rules: LifecycleRule[], enabled: boolean): LifecycleForecast | undefined {
  const [resting] = useDebouncedValue(rules, pause);
  const asked = enabled && resting === rules;
  const { data } = useQuery({ ...forecastQuery(bucket, rules), enabled: asked });
  return enabled ? data : undefined;
}

/** Says what one rule would delete at once, and what waits for it. */
export function RuleForecast({ report }: { report: RuleReport }) {
  const { t, list, bytes, date } = useI18n();
  const what = [
    report.expired > 0 && t('rule.fore.files', { count: report.expired }),
    report.removedVersions > 0 && t('rule.fore.versions', { count: report.removedVersions }),
    report.removedMarkers > 0 && t('rule.fore.markers', { count: report.removedMarkers }),
    report.abortedUploads > 0 && t('rule.fore.uploads', { count: report.abortedUploads }),
  ].filter(part => part !== false);
  const now =
    what.length > 0
      ? t('rule.fore.now', { what: list(what) })
      : t(report.waiting > 0 ? 'rule.fore.nothing' : 'rule.fore.none');
  return (
    <Text size="sm" className={classes.forecast} data-due={what.length > 0 || undefined}>
      {now}
      {report.freedBytes > 0 && ` ${t('rule.fore.freed', { freed: bytes(report.freedBytes) })}`}
      {report.waiting > 0 && ` ${t('rule.waiting', { count: report.waiting })}`}
      {report.nextDue && report.waiting > 0 && ` ${t('rule.nextDue', { day: date(report.nextDue) })}`}
    </Text>
  );
}

/** What saving the rules would delete, for the question before. */
export function ForecastOfAll({ forecast, names }: { forecast: LifecycleForecast; names: string[] }) {
  const { t } = useI18n();
  return (
    <Stack gap="sm">
      <Text size="sm">{t('rule.fore.ask')}</Text>
      {forecast.rules.map((report, at) =>
        deletes(report) > 0 ? (
          <div key={report.id || at}>
            <Text size="sm" fw={600}>
              {names[at]}
            </Text>
            <RuleForecast report={report} />
          </div>
        ) : null,
      )}
      <Incomplete forecast={forecast} />
    </Stack>
  );
}

/** Says where a forecast is not of the whole bucket. */
export function Incomplete({ forecast }: { forecast: LifecycleForecast }) {
  const { t } = useI18n();
  if (forecast.complete) return null;
  return (
    <Text size="sm" c="dimmed">
      {t('rule.fore.part', { count: forecast.looked })}
    </Text>
  );
}
