/** The words of an object's metadata; only those who open it load them. */
export const metadata = {
  'meta.text':
    'Saving stores the object anew, with the same content and tags. Its access control list becomes the default one.',
  'meta.textVersions':
    'Saving stores the object anew as another version, with the same content and tags; this one stays in the history. The access control list of the new version is the default one.',
  'meta.tooLarge':
    'Only objects up to {size} can be stored anew in one step. Upload it again with other metadata instead.',
  'meta.header.content-type': 'Type',
  'meta.header.cache-control': 'How long browsers keep it',
  'meta.header.content-disposition': 'Shown or saved',
  'meta.header.content-encoding': 'Encoding',
  'meta.header.content-language': 'Language',
  'meta.own': 'Metadata of your own',
  'meta.name': 'Name',
  'meta.value': 'Value',
  'meta.add': 'Add metadata',
  'meta.remove': 'Remove metadata {name}',
  'meta.saved': 'Metadata saved',
  'meta.size': '{n} of {max} bytes',
  'meta.fault.empty': 'Enter a name.',
  'meta.fault.twice': 'This name is there twice.',
  'meta.fault.name': 'Use letters, digits, dot, hyphen and underscore.',
  'meta.fault.value': 'Use only letters without accents, digits and signs (ASCII).',
  'meta.fault.long': 'All names and values together have too many bytes.',
} as const;
