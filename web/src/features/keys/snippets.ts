import { anyBucket, caFile, lines, type Snippet, type SnippetFacts } from './snippet.ts';
import { configured, sdks } from './snippetsOfTools.ts';

/** Whether a bucket's name may stand in the host of an endpoint under a base domain, as a name and not as an address. */
export function offersVirtualHost(endpoint: string, domain: string | undefined): boolean {
  const host = new URL(endpoint).hostname;
  return Boolean(domain) && (host === domain || host.endsWith(`.${domain}`));
}

/** Returns the configuration of each common client for a key. */
export function snippets(facts: SnippetFacts): Snippet[] {
  return [...commands(facts), ...sdks(facts), ...configured(facts)];
}

/** Programs of the command line. */
function commands(facts: SnippetFacts): Snippet[] {
  const { accessKey, secretKey, endpoint, region, style, ca } = facts;
  const url = new URL(endpoint);
  const bucket = facts.bucket || anyBucket;
  const path = style === 'path';
  return [
    {
      id: 'aws',
      saveAs: 'aws-config',
      name: 'aws',
      file: '~/.aws/config',
      text: lines(
        '[profile coffer]',
        `aws_access_key_id = ${accessKey}`,
        `aws_secret_access_key = ${secretKey}`,
        `region = ${region}`,
        `endpoint_url = ${endpoint}`,
        ca ? `ca_bundle = ${caFile}` : null,
        's3 =',
        `    addressing_style = ${style}`,
        '',
        `# aws --profile coffer s3 ls ${facts.bucket && `s3://${bucket}`}`.trimEnd(),
        `# before version 2.13: aws --profile coffer --endpoint-url ${endpoint} s3 ls ${facts.bucket && `s3://${bucket}`}`.trimEnd(),
      ),
    },
    {
      id: 'rclone',
      saveAs: 'rclone.conf',
      name: 'rclone',
      file: '~/.config/rclone/rclone.conf',
      text: lines(
        '[coffer]',
        'type = s3',
        'provider = Other',
        `access_key_id = ${accessKey}`,
        `secret_access_key = ${secretKey}`,
        `endpoint = ${endpoint}`,
        `region = ${region}`,
        `location_constraint = ${region}`,
        `force_path_style = ${path}`,
        '',
        `# rclone ${ca && `--ca-cert ${caFile} `}lsf coffer:${facts.bucket}`,
      ),
    },
    {
      id: 'env',
      saveAs: 'coffer.env',
      name: '.env',
      file: '.env',
      text: lines(
        `AWS_ACCESS_KEY_ID=${accessKey}`,
        `AWS_SECRET_ACCESS_KEY=${secretKey}`,
        `AWS_DEFAULT_REGION=${region}`,
        `AWS_REGION=${region}`,
        `AWS_ENDPOINT_URL_S3=${endpoint}`,
        ca ? `AWS_CA_BUNDLE=${caFile}` : null,
        facts.bucket ? `S3_BUCKET=${bucket}` : null,
      ),
    },
    {
      id: 's3cmd',
      saveAs: 's3cfg',
      name: 's3cmd',
      file: '~/.s3cfg',
      text: lines(
        '[default]',
        `access_key = ${accessKey}`,
        `secret_key = ${secretKey}`,
        `host_base = ${url.host}`,
        `host_bucket = ${path ? url.host : `%(bucket)s.${url.host}`}`,
        `bucket_location = ${region}`,
        `use_https = ${url.protocol === 'https:' ? 'True' : 'False'}`,
        ca ? `ca_certs_file = ${caFile}` : null,
        'signature_v2 = False',
        '',
        `# s3cmd ls ${facts.bucket && `s3://${bucket}`}`.trimEnd(),
      ),
    },
    {
      id: 'mc',
      saveAs: 'mc-alias.sh',
      name: 'mc',
      file: '',
      text: lines(
        ca ? `mkdir -p ~/.mc/certs/CAs && cp ${caFile} ~/.mc/certs/CAs/` : null,
        `mc alias set coffer ${endpoint} ${accessKey} ${secretKey} --api s3v4 --path ${path ? 'on' : 'off'}`,
        facts.bucket ? `mc ls coffer/${bucket}` : null,
      ),
    },
    {
      id: 'restic',
      saveAs: 'restic.sh',
      name: 'restic',
      file: '',
      text: lines(
        `export AWS_ACCESS_KEY_ID=${accessKey}`,
        `export AWS_SECRET_ACCESS_KEY=${secretKey}`,
        `export AWS_DEFAULT_REGION=${region}`,
        `restic ${ca && `--cacert ${caFile} `}-r s3:${endpoint}/${bucket}/restic -o s3.bucket-lookup=${path ? 'path' : 'dns'} init`,
      ),
    },
  ];
}
