import type { KeyPair } from './pair.ts';

/** What a snippet is filled with. */
export interface SnippetFacts extends KeyPair {
  /** The S3 endpoint as a URL. */
  endpoint: string;
  region: string;
}

export interface Snippet {
  id: string;
  name: string;
  /** The file it belongs into; empty for commands. */
  file: string;
  text: string;
}

/** Returns the configuration of each common client for a key. All of them use path style, which works without any DNS. */
export function snippets(facts: SnippetFacts): Snippet[] {
  const { accessKey, secretKey, endpoint, region } = facts;
  const url = new URL(endpoint);
  const secure = url.protocol === 'https:';
  return [
    {
      id: 'aws',
      name: 'aws',
      file: '~/.aws/config',
      text: lines(
        '[profile coffer]',
        `aws_access_key_id = ${accessKey}`,
        `aws_secret_access_key = ${secretKey}`,
        `region = ${region}`,
        `endpoint_url = ${endpoint}`,
        's3 =',
        '    addressing_style = path',
        '',
        '# aws --profile coffer s3 ls',
        `# before version 2.13: aws --profile coffer --endpoint-url ${endpoint} s3 ls`,
      ),
    },
    {
      id: 'rclone',
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
        'force_path_style = true',
        '',
        '# rclone lsd coffer:',
      ),
    },
    {
      id: 'env',
      name: '.env',
      file: '.env',
      text: lines(
        `AWS_ACCESS_KEY_ID=${accessKey}`,
        `AWS_SECRET_ACCESS_KEY=${secretKey}`,
        `AWS_DEFAULT_REGION=${region}`,
        `AWS_REGION=${region}`,
        `AWS_ENDPOINT_URL_S3=${endpoint}`,
      ),
    },
    {
      id: 's3cmd',
      name: 's3cmd',
      file: '~/.s3cfg',
      text: lines(
        '[default]',
        `access_key = ${accessKey}`,
        `secret_key = ${secretKey}`,
        `host_base = ${url.host}`,
        `host_bucket = ${url.host}`,
        `bucket_location = ${region}`,
        `use_https = ${secure ? 'True' : 'False'}`,
        'signature_v2 = False',
      ),
    },
    {
      id: 'mc',
      name: 'mc',
      file: '',
      text: `mc alias set coffer ${endpoint} ${accessKey} ${secretKey} --api s3v4 --path on\n`,
    },
    {
      id: 'restic',
      name: 'restic',
      file: '',
      text: lines(
        `export AWS_ACCESS_KEY_ID=${accessKey}`,
        `export AWS_SECRET_ACCESS_KEY=${secretKey}`,
        `export AWS_DEFAULT_REGION=${region}`,
        `restic -r s3:${endpoint}/BUCKET/restic -o s3.bucket-lookup=path init`,
      ),
    },
    {
      id: 'boto3',
      name: 'Python',
      file: '',
      text: lines(
        'import boto3',
        'from botocore.config import Config',
        '',
        's3 = boto3.client(',
        '    "s3",',
        `    endpoint_url="${endpoint}",`,
        `    region_name="${region}",`,
        `    aws_access_key_id="${accessKey}",`,
        `    aws_secret_access_key="${secretKey}",`,
        '    config=Config(s3={"addressing_style": "path"}),',
        ')',
        'print([bucket["Name"] for bucket in s3.list_buckets()["Buckets"]])',
      ),
    },
  ];
}

function lines(...all: string[]): string {
  return `${all.join('\n')}\n`;
}
