package object

import (
	"context"
	"encoding/binary"

	"coffer/internal/checksum"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/object/metadata"
	"coffer/internal/object/pages"
)

// ListUploads gives a page of uploads under way, by key and by beginning, and of common prefixes.
func (s *Service) ListUploads(ctx context.Context, in *ListUploads) (UploadPage, error) {
	max := pageSize(in.Max)
	var page UploadPage
	if max <= 0 {
		return page, nil
	}
	from, err := uploadStart(in)
	if err != nil {
		return page, err
	}
	count := 0
	err = s.view(ctx, in.Bucket, func(r meta.Reader) error {
		for {
			next, err := r.Scan(kindUpload, from, end(in.Prefix), meta.Budget{}, func(route, tail, value []byte) ([]byte, error) {
				key := string(route)
				if count == max {
					page.Truncated = true
					return nil, meta.Stop
				}
				if common := prefixOf(key, in.Prefix, in.Delimiter); common != "" {
					count++
					page.Prefixes = append(page.Prefixes, common)
					page.NextKey, page.NextUpload = common, ""
					return meta.AfterPrefix(meta.Route(common)), nil
				}
				var row uploadRow
				if err := row.decode(value); err != nil {
					return nil, err
				}
				if row.pages > 0 {
					return nil, nil
				}
				count++
				u := row.public(ident.ObjectKey(key), string(tail))
				page.Uploads = append(page.Uploads, u)
				page.NextKey, page.NextUpload = key, u.ID
				return nil, nil
			})
			if err != nil || next == nil {
				return err
			}
			from = next
		}
	})
	return page, err
}

func uploadStart(in *ListUploads) ([]byte, error) {
	if in.AfterUpload == "" || in.AfterKey == "" || prefixOf(in.AfterKey, in.Prefix, in.Delimiter) != "" {
		return start(in.Prefix, in.Delimiter, in.AfterKey), nil
	}
	raw, err := parseUpload(in.AfterUpload)
	if err != nil {
		return nil, invalidArgument("Invalid uploadId marker")
	}
	return meta.After(meta.Route(in.AfterKey), raw), nil
}

// ListParts gives a page of an upload's parts.
func (s *Service) ListParts(ctx context.Context, in *ListParts) (PartPage, error) {
	id, row, err := s.findUpload(ctx, in.Bucket, in.Key, in.Upload)
	if err != nil {
		return PartPage{}, err
	}
	page := PartPage{Upload: row.public(in.Key, id)}
	max := pageSize(in.Max)
	if max <= 0 || in.After >= maxParts {
		return page, nil
	}
	route := meta.Route(in.Key)
	err = s.view(ctx, in.Bucket, func(r meta.Reader) error {
		return scanAll(r, kindPart, meta.After(route, numberTail(id, in.After)), meta.AfterTailPrefix(route, id), func(_, tail, value []byte) error {
			if len(page.Parts) == max {
				page.Truncated = true
				return meta.Stop
			}
			var part partRow
			if err := part.decode(value); err != nil {
				return err
			}
			page.Next = int(binary.BigEndian.Uint16(tail[uploadIDBytes:]))
			page.Parts = append(page.Parts, part.public(page.Next))
			return nil
		})
	})
	return page, err
}

// Parts gives a page of the parts of a completed multipart object; none for another object.
func (s *Service) Parts(ctx context.Context, in *VersionRef, after, max int) (ObjectParts, error) {
	for range maxRaces {
		out, err := s.partsOf(ctx, in, after, pageSize(max))
		if err != errMoved {
			return out, err
		}
	}
	return ObjectParts{}, raced("object.Parts")
}

func (s *Service) partsOf(ctx context.Context, in *VersionRef, after, max int) (ObjectParts, error) {
	f := s.borrowFind()
	defer f.release()
	if err := f.version(ctx, in.Bucket, in.Key, in.Version, wantAttrs); err != nil {
		return ObjectParts{}, err
	}
	out := ObjectParts{Object: f.rec.object(in.Key, in.Bucket.Versioning != Unversioned)}
	var err error
	if out.Object.Headers, _, err = metadata.Decode(f.attrs); err != nil {
		return out, err
	}
	if f.rec.home != homeManifest || max <= 0 {
		out.Truncated = f.rec.home == homeManifest
		return out, nil
	}
	m := manifest{s: s, bucket: in.Bucket, key: in.Key, id: string(f.rec.ref), pages: f.rec.pages}
	if err := m.pick(ctx, func(p pages.Start) bool { return p.Number <= after+1 }); err != nil {
		return out, err
	}
	for {
		for i := range m.page.Parts {
			p := &m.page.Parts[i]
			if p.Number <= after {
				continue
			}
			if len(out.Parts) == max {
				out.Truncated = true
				return out, nil
			}
			out.Next = p.Number
			out.Parts = append(out.Parts, Part{Number: p.Number, Size: p.Size, ETag: etagString(p.ETag, 0),
				Sum: checksum.Sum{Algorithm: f.rec.sumAlg, Type: checksum.FullObject, Raw: string(p.Sum)}})
		}
		if m.at+1 >= m.pages {
			return out, nil
		}
		if err := m.load(ctx, m.at+1); err != nil {
			return out, err
		}
	}
}
