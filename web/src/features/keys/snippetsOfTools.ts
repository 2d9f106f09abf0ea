import { caFile, lines, type Snippet, type SnippetFacts } from './snippet.ts';

/** Programs that people write. */
export function sdks({ accessKey, secretKey, endpoint, region, style, bucket, ca }: SnippetFacts): Snippet[] {
  const path = style === 'path';
  return [
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
        ca ? `    verify="${caFile}",` : null,
        `    config=Config(s3={"addressing_style": "${style}"}),`,
        ')',
        bucket
          ? `print([item["Key"] for item in s3.list_objects_v2(Bucket="${bucket}").get("Contents", [])])`
          : 'print([bucket["Name"] for bucket in s3.list_buckets()["Buckets"]])',
      ),
    },
    {
      id: 'javascript',
      saveAs: 'coffer.mjs',
      name: 'JavaScript',
      file: '',
      text: lines(
        ca ? `// NODE_EXTRA_CA_CERTS=${caFile} node coffer.mjs` : null,
        `import { ${bucket ? 'ListObjectsV2Command' : 'ListBucketsCommand'}, S3Client } from '@aws-sdk/client-s3';`,
        '',
        'const s3 = new S3Client({',
        `  endpoint: '${endpoint}',`,
        `  region: '${region}',`,
        `  credentials: { accessKeyId: '${accessKey}', secretAccessKey: '${secretKey}' },`,
        `  forcePathStyle: ${path},`,
        '});',
        bucket
          ? `console.log((await s3.send(new ListObjectsV2Command({ Bucket: '${bucket}' }))).Contents);`
          : 'console.log((await s3.send(new ListBucketsCommand())).Buckets);',
      ),
    },
    {
      id: 'go',
      saveAs: 'coffer.go',
      name: 'Go',
      file: '',
      text: lines(
        ca ? `// SSL_CERT_FILE=${caFile} go run coffer.go` : null,
        'package main',
        '',
        'import (',
        '\t"context"',
        '\t"fmt"',
        '\t"log"',
        '',
        '\t"github.com/aws/aws-sdk-go-v2/aws"',
        '\t"github.com/aws/aws-sdk-go-v2/credentials"',
        '\t"github.com/aws/aws-sdk-go-v2/service/s3"',
        ')',
        '',
        'func main() {',
        '\tctx := context.Background()',
        '\tclient := s3.New(s3.Options{',
        `\t\tBaseEndpoint: aws.String("${endpoint}"),`,
        `\t\tRegion:       "${region}",`,
        `\t\tCredentials:  credentials.NewStaticCredentialsProvider("${accessKey}", "${secretKey}", ""),`,
        `\t\tUsePathStyle: ${path},`,
        '\t})',
        bucket
          ? `\tout, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("${bucket}")})`
          : '\tout, err := client.ListBuckets(ctx, &s3.ListBucketsInput{})',
        '\tif err != nil {',
        '\t\tlog.Fatal(err)',
        '\t}',
        bucket ? '\tfor _, item := range out.Contents {' : '\tfor _, item := range out.Buckets {',
        bucket ? '\t\tfmt.Println(aws.ToString(item.Key))' : '\t\tfmt.Println(aws.ToString(item.Name))',
        '\t}',
        '}',
      ),
    },
  ];
}

/** Programs that are configured rather than typed. */
export function configured(facts: SnippetFacts): Snippet[] {
  const { accessKey, secretKey, endpoint, region, style, bucket, ca } = facts;
  return [
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
        `  s3_use_path_style           = ${style === 'path'}`,
        '  skip_credentials_validation = true',
        '  skip_metadata_api_check     = true',
        '  skip_region_validation      = true',
        '  skip_requesting_account_id  = true',
        ca ? `  custom_ca_bundle            = "${caFile}"` : null,
        '',
        '  endpoints {',
        `    s3 = "${endpoint}"`,
        '  }',
        '}',
        ...(bucket ? ['', 'data "aws_s3_bucket" "chosen" {', `  bucket = "${bucket}"`, '}'] : []),
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
        bucket ? `  S3_BUCKET: "${bucket}"` : null,
        ...(ca
          ? [
              '  ca.crt: |',
              ...ca
                .trim()
                .split('\n')
                .map(line => `    ${line}`),
            ]
          : []),
      ),
    },
    cyberduck(facts),
  ];
}

/** A bookmark of Cyberduck and Mountain Duck, which has no place for a secret. */
function cyberduck({ accessKey, endpoint, region, style, bucket, ca }: SnippetFacts): Snippet {
  const url = new URL(endpoint);
  const entry = (key: string, value: string) => `  <key>${key}</key><string>${value}</string>`;
  return {
    id: 'cyberduck',
    saveAs: 'coffer.duck',
    name: 'Cyberduck',
    file: 'coffer.duck',
    text: lines(
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
      '<plist version="1.0">',
      '<dict>',
      entry('Protocol', 's3'),
      entry('Nickname', bucket ? `Coffer ${bucket}` : 'Coffer'),
      entry('Hostname', url.hostname),
      entry('Port', url.port || (url.protocol === 'https:' ? '443' : '80')),
      entry('Username', accessKey),
      entry('Region', region),
      bucket ? entry('Path', `/${bucket}`) : null,
      '</dict>',
      '</plist>',
      '<!-- A bookmark holds no secret: Cyberduck asks for it once. -->',
      style === 'path' || url.protocol === 'http:'
        ? '<!-- Without a domain of its own, and without TLS, enable the profile "S3 (Deprecated path style requests)" or "S3 (HTTP)" under -->\n<!-- Preferences > Profiles and choose it in the bookmark. -->'
        : null,
      ca ? `<!-- Import ${caFile} into the system's certificates as trusted: Cyberduck takes those. -->` : null,
    ),
  };
}
