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
	"coffer/internal/s3xml"
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
	objects  s3xml.Writer
	prefixes s3xml.Writer
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
	l.objects.B, l.prefixes.B = (*a)[:0], (*b)[:0]
	return func() {
		*a, *b = l.objects.B, l.prefixes.B
		l.c.s.giveBack(a)
		l.c.s.giveBack(b)
	}
}

// room counts an entry, or says that the page is full.
func (l *listing) room() error {
	if len(l.objects.B)+len(l.prefixes.B) > maxListBytes {
		return errPageFull
	}
	l.count++
	return nil
}

func (l *listing) prefix(p string) {
	l.prefixes.Raw("<CommonPrefixes>")
	l.prefixes.Encoded("Prefix", p, l.url)
	l.prefixes.Raw("</CommonPrefixes>")
	l.last = append(l.last[:0], p...)
}

// entry appends what objects and versions have in common. It runs a thousand times a page: what repeats is made once.
func (l *listing) entry(e *object.Entry) {
	b := append(l.objects.B, "<LastModified>"...)
	if sec := e.Modified.Unix(); sec != l.second || len(l.stamp) == 0 {
		l.second, l.stamp = sec, s3xml.AppendTime(l.stamp[:0], e.Modified.Truncate(time.Second))
	}
	b = append(b, l.stamp...)
	b = append(b, "</LastModified><ETag>&quot;"...)
	b = append(b, e.ETag...) // hexadecimal digits and a dash: nothing to escape
	b = append(b, "&quot;</ETag>"...)
	if e.Sum != checksum.None {
		if e.Sum != l.sum || e.SumType != l.sumType {
			l.sum, l.sumType = e.Sum, e.SumType
			var x s3xml.Writer
			x.Text("ChecksumAlgorithm", e.Sum.String())
			x.Opt("ChecksumType", e.SumType.String())
			l.sumText = x.B
		}
		b = append(b, l.sumText...)
	}
	b = strconv.AppendInt(append(b, "<Size>"...), e.Size, 10)
	b = append(b, "</Size><StorageClass>STANDARD</StorageClass>"...)
	l.objects.B = append(b, l.ownerOf(e)...)
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
	x.Raw("<Contents>")
	x.Encoded("Key", e.Key, l.url)
	l.entry(e)
	x.Raw("</Contents>")
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
	var x s3xml.Writer
	x.Open("Owner")
	x.Text("ID", ownerID(c.bucket))
	x.Text("DisplayName", c.bucket.OwnerName)
	x.Close("Owner")
	return x.B
}

// ownerElementOf is the Owner element of what was written by somebody: the bucket owner's where all is theirs. Who has gone has no name.
func (c *call) ownerElementOf(id string) []byte {
	if !c.facts.Foreign(&authz.ACL{Owner: id}) {
		return c.ownerElement()
	}
	who, _ := c.s.IAM.Account(c.ctx(), id)
	var x s3xml.Writer
	x.Open("Owner")
	x.Text("ID", id)
	x.Text("DisplayName", who.Name)
	x.Close("Owner")
	return x.B
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
	return l.answer("ListBucketResult", func(x *s3xml.Writer) {
		x.Encoded("Prefix", in.Prefix, l.url)
		x.Encoded("Marker", marker, l.url)
		if more && (in.Delimiter != "" || l.count == 0) {
			x.Encoded("NextMarker", last, l.url)
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
	return l.answer("ListBucketResult", func(x *s3xml.Writer) {
		x.Encoded("Prefix", in.Prefix, l.url)
		if continued {
			x.Text("ContinuationToken", token)
		}
		if more {
			x.Text("NextContinuationToken", writeToken(last))
		}
		if startAfter != "" {
			x.Encoded("StartAfter", startAfter, l.url)
		}
		x.Num("KeyCount", int64(l.count))
		l.shared(x, in.Delimiter, in.Max, more)
	})
}

// shared appends the elements that all listings of objects have.
func (l *listing) shared(x *s3xml.Writer, delimiter string, most int, more bool) {
	x.Num("MaxKeys", int64(most))
	if delimiter != "" {
		x.Encoded("Delimiter", delimiter, l.url)
	}
	if l.url {
		x.Text("EncodingType", "url")
	}
	x.Flag("IsTruncated", more)
}

// answer sends the page: the elements that front appends, then the objects, then the common prefixes. The region stands beside it, as with
// HeadBucket.
func (l *listing) answer(root string, front func(x *s3xml.Writer)) error {
	l.c.set("X-Amz-Bucket-Region", string(l.c.bucket.Region))
	buf := l.c.s.buffer()
	defer l.c.s.giveBack(buf)
	x := s3xml.Writer{B: (*buf)[:0]}
	x.Root(root)
	x.Text("Name", string(l.c.bucket.Name))
	front(&x)
	*buf = x.B
	l.prefixes.Close(root)
	return l.c.body(http.StatusOK, "application/xml", x.B, l.objects.B, l.prefixes.B)
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
	x.Open(element)
	x.Encoded("Key", e.Key, l.url)
	x.Text("VersionId", versionOrNull(e.Version))
	x.Flag("IsLatest", e.Latest)
	if e.DeleteMarker {
		x.Time("LastModified", e.Modified)
		x.B = append(x.B, l.ownerOf(&e.Entry)...)
	} else {
		l.entry(&e.Entry)
	}
	x.Close(element)
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
	return l.answer("ListVersionsResult", func(x *s3xml.Writer) {
		x.Encoded("Prefix", in.Prefix, l.url)
		x.Encoded("KeyMarker", in.AfterKey, l.url)
		x.Text("VersionIdMarker", string(in.AfterVersion))
		if page.Truncated {
			x.Encoded("NextKeyMarker", page.NextKey, l.url)
			if page.NextVersion != "" {
				x.Text("NextVersionIdMarker", string(page.NextVersion))
			}
		}
		l.shared(x, in.Delimiter, in.Max, page.Truncated)
	})
}
