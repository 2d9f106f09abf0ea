package s3api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"coffer/internal/authz"
	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object"
)

// maxListed is the most entries of a page, and maxListBytes the size in bytes at which a page of long keys ends early.
const (
	maxListed    = 1000
	maxListBytes = 1 << 20
)

// pageSize reads a max- parameter; absent means most, more than most counts as most.
func (c *call) pageSize(name string, most int) (int, error) {
	v, ok := c.query.lookup(name)
	if !ok || v == "" {
		return most, nil
	}
	n, err := strconv.ParseInt(v, 10, 32)
	if err != nil {
		return 0, invalidArgument(name, v, "Provided "+name+" not an integer or within integer range")
	}
	if n < 0 {
		return 0, invalidArgument(name, v, "Argument "+name+" must be an integer between 0 and 2147483647")
	}
	return min(int(n), most), nil
}

// urlEncoded reads encoding-type.
func (c *call) urlEncoded() (bool, error) {
	switch v, ok := c.query.lookup("encoding-type"); {
	case !ok || v == "":
		return false, nil
	case v == "url":
		return true, nil
	default:
		return false, invalidArgument("encoding-type", v, "Invalid Encoding Method specified in Request")
	}
}

// errPageFull ends a listing whose page has become too large to be held.
var errPageFull = errors.New("page full")

// listing is a page of a listing under construction: objects in one buffer and common prefixes in another, since S3 shows them
// apart, and then the elements in front, which are known last.
type listing struct {
	c        *call
	url      bool
	owner    []byte            // the Owner element of what is the bucket owner's, or nil
	owners   map[string][]byte // the others', by id, made when first seen
	objects  xmlWriter
	prefixes xmlWriter
	count    int
	last     []byte // of the entries taken; a copy, since an entry ends with its visit

	second  int64  // that stamp is of
	stamp   []byte // as the page shows it
	sum     checksum.Algorithm
	sumType checksum.Type
	sumText []byte // the elements of sum and sumType
}

// begin borrows the buffers; the caller calls end.
func (l *listing) begin() (end func()) {
	a, b := l.c.s.buffer(), l.c.s.buffer()
	l.objects.b, l.prefixes.b = (*a)[:0], (*b)[:0]
	return func() {
		*a, *b = l.objects.b, l.prefixes.b
		l.c.s.giveBack(a)
		l.c.s.giveBack(b)
	}
}

// room counts an entry, or says that the page is full.
func (l *listing) room() error {
	if len(l.objects.b)+len(l.prefixes.b) > maxListBytes {
		return errPageFull
	}
	l.count++
	return nil
}

func (l *listing) prefix(p string) {
	l.prefixes.raw("<CommonPrefixes>")
	l.prefixes.encoded("Prefix", p, l.url)
	l.prefixes.raw("</CommonPrefixes>")
	l.last = append(l.last[:0], p...)
}

// entry appends what objects and versions have in common. It runs a thousand times a page: what repeats is made once.
func (l *listing) entry(e *object.Entry) {
	b := append(l.objects.b, "<LastModified>"...)
	if sec := e.Modified.Unix(); sec != l.second || len(l.stamp) == 0 {
		l.second, l.stamp = sec, appendISO(l.stamp[:0], e.Modified.Truncate(time.Second))
	}
	b = append(b, l.stamp...)
	b = append(b, "</LastModified><ETag>&quot;"...)
	b = append(b, e.ETag...) // hexadecimal digits and a dash: nothing to escape
	b = append(b, "&quot;</ETag>"...)
	if e.Sum != checksum.None {
		if e.Sum != l.sum || e.SumType != l.sumType {
			l.sum, l.sumType = e.Sum, e.SumType
			var x xmlWriter
			x.text("ChecksumAlgorithm", e.Sum.String())
			x.opt("ChecksumType", e.SumType.String())
			l.sumText = x.b
		}
		b = append(b, l.sumText...)
	}
	b = strconv.AppendInt(append(b, "<Size>"...), e.Size, 10)
	b = append(b, "</Size><StorageClass>STANDARD</StorageClass>"...)
	l.objects.b = append(b, l.ownerOf(e)...)
}

// ownerOf is the Owner element of an entry; nil where owners are not asked for. An owner's name is read once a page.
func (l *listing) ownerOf(e *object.Entry) []byte {
	if e.Owner == "" || l.owner == nil {
		return l.owner
	}
	known, ok := l.owners[e.Owner]
	if !ok {
		id := strings.Clone(e.Owner)
		known = l.c.ownerElementOf(id)
		if l.owners == nil {
			l.owners = map[string][]byte{}
		}
		l.owners[id] = known
	}
	return known
}

func (l *listing) visit(e *object.Entry) error {
	if err := l.room(); err != nil {
		return err
	}
	if e.Prefix != "" {
		l.prefix(e.Prefix)
		return nil
	}
	x := &l.objects
	x.raw("<Contents>")
	x.encoded("Key", e.Key, l.url)
	l.entry(e)
	x.raw("</Contents>")
	l.last = append(l.last[:0], e.Key...)
	return nil
}

// run lists a page and returns whether more follows, and after what.
func (l *listing) run(in *object.List) (bool, string, error) {
	page, err := l.c.s.Objects.List(l.c.ctx(), in, l.visit)
	if errors.Is(err, errPageFull) {
		return true, string(l.last), nil
	}
	return page.Truncated && page.Last != "", page.Last, err
}

// owner is the Owner element of a bucket's objects.
func (c *call) ownerElement() []byte {
	var x xmlWriter
	x.open("Owner")
	x.text("ID", ownerID(c.bucket))
	x.text("DisplayName", c.bucket.OwnerName)
	x.close("Owner")
	return x.b
}

// ownerElementOf is the Owner element of what was written by somebody: the bucket owner's where all is theirs. Who has gone has no name.
func (c *call) ownerElementOf(id string) []byte {
	if !c.facts.Foreign(&authz.ACL{Owner: id}) {
		return c.ownerElement()
	}
	who, _ := c.s.IAM.Account(c.ctx(), id)
	var x xmlWriter
	x.open("Owner")
	x.text("ID", id)
	x.text("DisplayName", who.Name)
	x.close("Owner")
	return x.b
}

// readList reads the parameters that the listings share.
func (c *call) readList() (*listing, *object.List, error) {
	url, err := c.urlEncoded()
	if err != nil {
		return nil, nil, err
	}
	most, err := c.pageSize("max-keys", maxListed)
	if err != nil {
		return nil, nil, err
	}
	in := &object.List{Bucket: c.bucket, Prefix: c.query.get("prefix"), Delimiter: c.query.get("delimiter"), Max: most}
	return &listing{c: c, url: url}, in, checkListed(in.Prefix, in.Delimiter)
}

// checkListed bounds what a listing is asked for. No key is longer than 1,024 bytes, so no prefix needs to be.
func checkListed(values ...string) error {
	for _, v := range values {
		if len(v) > ident.MaxObjectKey {
			return newFault(errs.New(errs.Invalid, "KeyTooLongError", ""), "Size", itoa(int64(len(v))), "MaxSizeAllowed", itoa(ident.MaxObjectKey))
		}
	}
	return nil
}

func (c *call) listObjects() error {
	l, in, err := c.readList()
	if err != nil {
		return err
	}
	marker := c.query.get("marker")
	if err := checkListed(marker); err != nil {
		return err
	}
	in.After = marker
	l.owner = c.ownerElement()
	defer l.begin()()
	more, last, err := l.run(in)
	if err != nil {
		return err
	}
	return l.answer("ListBucketResult", func(x *xmlWriter) {
		x.encoded("Prefix", in.Prefix, l.url)
		x.encoded("Marker", marker, l.url)
		if more && (in.Delimiter != "" || l.count == 0) {
			x.encoded("NextMarker", last, l.url)
		}
		l.shared(x, in.Delimiter, in.Max, more)
	})
}

func (c *call) listObjectsV2() error {
	if v := c.query.get("list-type"); v != "2" {
		return invalidArgument("list-type", v, "Invalid list type: use 2, or leave the parameter out.")
	}
	l, in, err := c.readList()
	if err != nil {
		return err
	}
	startAfter := c.query.get("start-after")
	if err := checkListed(startAfter); err != nil {
		return err
	}
	in.After = startAfter
	token, continued := c.query.lookup("continuation-token")
	if continued {
		if in.After, err = readToken(token); err != nil {
			return err
		}
	}
	if strings.EqualFold(c.query.get("fetch-owner"), "true") {
		l.owner = c.ownerElement()
	}
	defer l.begin()()
	more, last, err := l.run(in)
	if err != nil {
		return err
	}
	return l.answer("ListBucketResult", func(x *xmlWriter) {
		x.encoded("Prefix", in.Prefix, l.url)
		if continued {
			x.text("ContinuationToken", token)
		}
		if more {
			x.text("NextContinuationToken", writeToken(last))
		}
		if startAfter != "" {
			x.encoded("StartAfter", startAfter, l.url)
		}
		x.num("KeyCount", int64(l.count))
		l.shared(x, in.Delimiter, in.Max, more)
	})
}

// shared appends the elements that all listings of objects have.
func (l *listing) shared(x *xmlWriter, delimiter string, most int, more bool) {
	x.num("MaxKeys", int64(most))
	if delimiter != "" {
		x.encoded("Delimiter", delimiter, l.url)
	}
	if l.url {
		x.text("EncodingType", "url")
	}
	x.flag("IsTruncated", more)
}

// answer sends the page: the elements that front appends, then the objects, then the common prefixes. The region stands beside it, as with
// HeadBucket.
func (l *listing) answer(root string, front func(x *xmlWriter)) error {
	l.c.set("X-Amz-Bucket-Region", string(l.c.bucket.Region))
	buf := l.c.s.buffer()
	defer l.c.s.giveBack(buf)
	x := xmlWriter{(*buf)[:0]}
	x.root(root)
	x.text("Name", string(l.c.bucket.Name))
	front(&x)
	*buf = x.b
	l.prefixes.close(root)
	return l.c.body(http.StatusOK, "application/xml", x.b, l.objects.b, l.prefixes.b)
}

// versionListing is a listing of versions: the last entry is a key with its version.
type versionListing struct {
	listing
	lastVersion ident.VersionID
}

func (l *versionListing) visit(e *object.VersionEntry) error {
	if err := l.room(); err != nil {
		return err
	}
	if e.Prefix != "" {
		l.prefix(e.Prefix)
		l.lastVersion = ""
		return nil
	}
	x := &l.objects
	element := "Version"
	if e.DeleteMarker {
		element = "DeleteMarker"
	}
	x.open(element)
	x.encoded("Key", e.Key, l.url)
	x.text("VersionId", versionOrNull(e.Version))
	x.flag("IsLatest", e.Latest)
	if e.DeleteMarker {
		x.time("LastModified", e.Modified)
		x.b = append(x.b, l.ownerOf(&e.Entry)...)
	} else {
		l.entry(&e.Entry)
	}
	x.close(element)
	l.last, l.lastVersion = append(l.last[:0], e.Key...), ident.VersionID(strings.Clone(string(e.Version)))
	return nil
}

func versionOrNull(v ident.VersionID) string {
	if v == "" {
		return string(ident.NullVersion)
	}
	return string(v)
}

func (c *call) listVersions() error {
	if strings.HasPrefix(c.query.get("max-keys"), "-") {
		return invalidArgument("maxKeys", c.query.get("max-keys"), "max-keys cannot be negative")
	}
	shared, list, err := c.readList()
	if err != nil {
		return err
	}
	in := &object.ListVersions{Bucket: c.bucket, Prefix: list.Prefix, Delimiter: list.Delimiter, Max: list.Max,
		AfterKey: c.query.get("key-marker"), AfterVersion: ident.VersionID(c.query.get("version-id-marker"))}
	if err := checkListed(in.AfterKey, string(in.AfterVersion)); err != nil {
		return err
	}
	if in.AfterVersion != "" && in.AfterKey == "" {
		return invalidArgument("version-id-marker", string(in.AfterVersion), "A version-id marker cannot be specified without a key marker.")
	}
	l := &versionListing{listing: *shared}
	l.owner = c.ownerElement()
	defer l.begin()()
	page, err := c.s.Objects.ListVersions(c.ctx(), in, l.visit)
	if errors.Is(err, errPageFull) {
		page, err = object.VersionPage{Truncated: true, NextKey: string(l.last), NextVersion: l.lastVersion}, nil
	}
	if err != nil {
		return err
	}
	return l.answer("ListVersionsResult", func(x *xmlWriter) {
		x.encoded("Prefix", in.Prefix, l.url)
		x.encoded("KeyMarker", in.AfterKey, l.url)
		x.text("VersionIdMarker", string(in.AfterVersion))
		if page.Truncated {
			x.encoded("NextKeyMarker", page.NextKey, l.url)
			if page.NextVersion != "" {
				x.text("NextVersionIdMarker", string(page.NextVersion))
			}
		}
		l.shared(x, in.Delimiter, in.Max, page.Truncated)
	})
}
