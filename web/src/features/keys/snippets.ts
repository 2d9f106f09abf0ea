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
  /** The name under which it is saved. */
  saveAs: string;
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
      saveAs: 'aws-config',
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
        'force_path_style = true',
        '',
        '# rclone lsd coffer:',
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
        `host_bucket = ${url.host}`,
        `bucket_location = ${region}`,
        `use_https = ${secure ? 'True' : 'False'}`,
        'signature_v2 = False',
      ),
    },
    {
      id: 'mc',
      saveAs: 'mc-alias.sh',
      name: 'mc',
      file: '',
      text: `mc alias set coffer ${endpoint} ${accessKey} ${secretKey} --api s3v4 --path on\n`,
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
        `restic -r s3:${endpoint}/BUCKET/restic -o s3.bucket-lookup=path init`,
      ),
    },
    {
      id: 'boto3',
      saveAs: 'coffer.py',
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
    ...more(facts, url),
  ];
}

/** Programs that are configured rather than typed. */
function more({ accessKey, secretKey, endpoint, region }: SnippetFacts, url: URL): Snippet[] {
  return [
    {
      id: 'javascript',
      saveAs: 'coffer.mjs',
      name: 'JavaScript',
      file: '',
      text: lines(
        "import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';",
        '',
        'const s3 = new S3Client({',
        `  endpoint: '${endpoint}',`,
        `  region: '${region}',`,
        `  credentials: { accessKeyId: '${accessKey}', secretAccessKey: '${secretKey}' },`,
        '  forcePathStyle: true,',
        '});',
        'console.log((await s3.send(new ListBucketsCommand())).Buckets);',
      ),
    },
    {
      id: 'terraform',
      saveAs: 'provider.tf',
      name: 'Terraform',
      file: 'provider.tf',
      text: lines(
        'provider "aws" {',
        `  access_key                  = "${accessKey}"`,
        `  secret_key                  = "${secretKey}"`,
        `  region                      = "${region}"`,
        '  s3_use_path_style           = true',
        '  skip_credentials_validation = true',
        '  skip_metadata_api_check     = true',
        '  skip_region_validation      = true',
        '  skip_requesting_account_id  = true',
        '',
        '  endpoints {',
        `    s3 = "${endpoint}"`,
        '  }',
        '}',
      ),
    },
    {
      id: 'kubernetes',
      saveAs: 'coffer-s3.yaml',
      name: 'Kubernetes',
      file: 'coffer-s3.yaml',
      text: lines(
        'apiVersion: v1',
        'kind: Secret',
        'metadata:',
        '  name: coffer-s3',
        'type: Opaque',
        'stringData:',
        `  AWS_ACCESS_KEY_ID: "${accessKey}"`,
        `  AWS_SECRET_ACCESS_KEY: "${secretKey}"`,
        `  AWS_REGION: "${region}"`,
        `  AWS_ENDPOINT_URL_S3: "${endpoint}"`,
      ),
    },
    {
      id: 'cyberduck',
      saveAs: 'coffer.duck',
      name: 'Cyberduck',
      file: 'coffer.duck',
      text: lines(
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
        '<plist version="1.0">',
        '<dict>',
        '  <key>Protocol</key><string>s3</string>',
        '  <key>Nickname</key><string>Coffer</string>',
        `  <key>Hostname</key><string>${url.hostname}</string>`,
        `  <key>Port</key><string>${url.port || (url.protocol === 'https:' ? '443' : '80')}</string>`,
        `  <key>Username</key><string>${accessKey}</string>`,
        `  <key>Region</key><string>${region}</string>`,
        '</dict>',
        '</plist>',
        '<!-- A bookmark holds no secret: Cyberduck asks for it once. Without a domain of its own, and without TLS, enable the profile -->',
        '<!-- "S3 (Deprecated path style requests)" or "S3 (HTTP)" under Preferences > Profiles and choose it in the bookmark. -->',
      ),
    },
  ];
}

function lines(...all: string[]): string {
  return `${all.join('\n')}\n`;
}
