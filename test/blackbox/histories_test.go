package blackbox

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// act is one request of a history to one key, as its client saw it.
type act struct {
	kind       string // put, upload, copy, delete, remove: they write; get, list: they read
	versioned  bool   // the bucket keeps versions
	match      string // ETag of If-Match; "*": If-None-Match: *; "": no condition
	writes     string // ETag of what it writes; of a remove: of the version that it deletes
	version    string // that it wrote, or deletes
	outcome    int    // status of the answer; 0: none came, and a write may have taken effect or not, at any time since
	saw        string // ETag that a read found; "" for none
	start, end time.Duration
}

const never = time.Duration(1 << 62)

// apply says whether the act's outcome fits a key of a state, and in which state the key is then: the ETags of its versions from the oldest to
// the newest, each behind a bar, with a dash for a delete marker; without versions one or none.
func (a *act) apply(state string) (next string, fits bool) {
	has := state[strings.LastIndex(state, "|")+1:]
	if has == "-" {
		has = ""
	}
	switch a.kind {
	case "get", "list":
		return state, a.saw == has
	case "remove": // of a version that may be gone already
		return strings.Replace(state, "|"+a.writes, "", 1), true
	}
	took, fits := a.decide(has)
	switch {
	case !took:
		return state, fits
	case !a.versioned && a.kind == "delete":
		return "", fits
	case !a.versioned:
		return "|" + a.writes, fits
	case a.kind == "delete":
		return state + "|-", fits
	}
	return state + "|" + a.writes, fits
}

// decide says whether a write took effect where the current object has an ETag ("": there is none), and whether its outcome fits.
func (a *act) decide(has string) (took, fits bool) {
	holds := a.match == "" || a.match == "*" && has == "" || a.match == has
	switch a.outcome {
	case 409, 503:
		return false, true // refused before it was decided
	case 404:
		return false, has == "" && a.match != "" && a.match != "*"
	case 412:
		return false, !holds && has != "" // an If-Match on nothing is told as 404
	case 0:
		return holds, true
	}
	return holds, holds
}

// linear reports whether acts on one key have an order that agrees with their times and with what each was answered. It is the search
// of Wing and Gong ("Testing and verifying concurrent objects"), with the memory of Lowe's: no set of acts is tried twice in one state.
func linear(acts []act) bool {
	type place struct {
		done string
		has  string
	}
	tried := map[place]bool{}
	done := make([]byte, len(acts))
	var search func(has string, left int) bool
	search = func(has string, left int) bool {
		first := never // nothing that began after the earliest end of what is left can come next
		for i := range acts {
			if done[i] == 0 && acts[i].end < first {
				first = acts[i].end
			}
		}
		if left == 0 || first == never { // what nobody had an answer of need not have happened
			return true
		}
		at := place{string(done), has}
		if tried[at] {
			return false
		}
		tried[at] = true
		for i := range acts {
			if done[i] != 0 || acts[i].start > first {
				continue
			}
			if next, fits := acts[i].apply(has); fits {
				done[i] = 1
				if search(next, left-1) {
					return true
				}
				done[i] = 0
			}
		}
		return false
	}
	return search("", len(acts))
}

// TestLinear: the judge of histories tells right from wrong.
func TestLinear(t *testing.T) {
	at := func(a act, start, end time.Duration) act { a.start, a.end = start, end; return a }
	put := func(tag string) act { return act{kind: "put", writes: tag, outcome: 200} }
	get := func(tag string) act { return act{kind: "get", outcome: 200, saw: tag} }
	create := func(tag string, status int) act { return act{kind: "put", writes: tag, match: "*", outcome: status} }
	kept := func(tag string) act { return act{kind: "put", writes: tag, outcome: 200, versioned: true} }
	remove := func(tag string) act { return act{kind: "remove", writes: tag, outcome: 204, versioned: true} }
	lost := act{kind: "put", writes: "b"}
	for name, c := range map[string]struct {
		acts []act
		want bool
	}{
		"read after write":       {[]act{at(put("a"), 0, 1), at(get("a"), 2, 3)}, true},
		"stale read":             {[]act{at(put("a"), 0, 1), at(put("b"), 2, 3), at(get("a"), 4, 5)}, false},
		"read while writing":     {[]act{at(put("a"), 0, 1), at(put("b"), 2, 6), at(get("a"), 3, 4), at(get("b"), 4, 5)}, true},
		"back to the old":        {[]act{at(put("a"), 0, 1), at(put("b"), 2, 6), at(get("b"), 3, 4), at(get("a"), 5, 6)}, false},
		"one of two creates":     {[]act{at(create("a", 200), 0, 3), at(create("b", 412), 0, 3), at(get("a"), 4, 5)}, true},
		"both create":            {[]act{at(create("a", 200), 0, 3), at(create("b", 200), 0, 3)}, false},
		"lost write seen":        {[]act{at(put("a"), 0, 1), at(lost, 2, never), at(get("b"), 3, 4)}, true},
		"lost write not seen":    {[]act{at(put("a"), 0, 1), at(lost, 2, never), at(get("a"), 3, 4)}, true},
		"lost write comes back":  {[]act{at(put("a"), 0, 1), at(lost, 2, never), at(get("b"), 3, 4), at(get("a"), 5, 6)}, false},
		"match on what is gone":  {[]act{at(put("a"), 0, 1), at(act{kind: "delete", outcome: 204}, 2, 3), at(act{kind: "put", match: "a", writes: "b", outcome: 200}, 4, 5)}, false},
		"match refused rightly":  {[]act{at(put("a"), 0, 1), at(act{kind: "put", match: "x", writes: "b", outcome: 412}, 2, 3), at(get("a"), 4, 5)}, true},
		"match refused wrongly":  {[]act{at(put("a"), 0, 1), at(act{kind: "put", match: "a", writes: "b", outcome: 412}, 2, 3)}, false},
		"acknowledged and gone":  {[]act{at(put("a"), 0, 1), at(get(""), 2, 3)}, false},
		"a version comes back":   {[]act{at(kept("a"), 0, 1), at(kept("b"), 2, 3), at(remove("b"), 4, 5), at(get("a"), 6, 7)}, true},
		"a version stays":        {[]act{at(kept("a"), 0, 1), at(kept("b"), 2, 3), at(remove("a"), 4, 5), at(get("b"), 6, 7)}, true},
		"none comes back":        {[]act{at(kept("a"), 0, 1), at(kept("b"), 2, 3), at(remove("b"), 4, 5), at(get(""), 6, 7)}, false},
		"a marker hides":         {[]act{at(kept("a"), 0, 1), at(act{kind: "delete", versioned: true, outcome: 204}, 2, 3), at(get("a"), 4, 5)}, false},
		"deleted by two":         {[]act{at(put("a"), 0, 1), at(act{kind: "delete", match: "a", outcome: 204}, 2, 4), at(act{kind: "delete", match: "a", outcome: 204}, 2, 4)}, false},
		"deleted while matching": {[]act{at(put("a"), 0, 1), at(act{kind: "delete", match: "a", outcome: 204}, 2, 3), at(get(""), 4, 5)}, true},
	} {
		if got := linear(c.acts); got != c.want {
			t.Errorf("%s: linear is %v", name, got)
		}
	}
}

// chronicle gathers histories by bucket and key.
type chronicle struct {
	mu   sync.Mutex
	base time.Time
	acts map[[2]string][]act
	late map[[2]string][]act // writes of late, to make conditions and removals of
}

func (c *chronicle) add(place [2]string, a act) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acts[place] = append(c.acts[place], a)
	if a.writes != "" && a.kind != "remove" {
		late := append(c.late[place], a)
		c.late[place] = late[max(0, len(late)-3):]
	}
}

// count is how many acts are noted.
func (c *chronicle) count() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, acts := range c.acts {
		n += len(acts)
	}
	return n
}

// lately is one of the last writes.
func (c *chronicle) lately(place [2]string, r *rand.Rand) act {
	c.mu.Lock()
	defer c.mu.Unlock()
	if late := c.late[place]; len(late) > 0 {
		return late[r.IntN(len(late))]
	}
	return act{writes: "00000000000000000000000000000000"}
}

// TestHistoriesAreLinearizable records what clients do to few keys at once, conditional writes, uploads, copies and deletes among it, with
// and without versioning, while the server is killed again and again, and finds for each key an order that explains every answer.
func TestHistoriesAreLinearizable(t *testing.T) {
	rounds, seed := 3, uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv("COFFER_CRASH_ROUNDS")); err == nil {
		rounds = n
	}
	t.Logf("seed %d", seed)
	data := t.TempDir()
	s := Start(t, data)
	pair := s.OwnerKey(t)
	client := awsClient(s, pair)
	for _, b := range []string{"histories", "histories-of-versions"} {
		if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &b}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: aws.String("histories-of-versions"),
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	if err != nil {
		t.Fatal(err)
	}
	c := &chronicle{base: time.Now(), acts: map[[2]string][]act{}, late: map[[2]string][]act{}}
	for round := range rounds {
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for n := range 6 {
			h := &historian{t: t, c: c, client: awsClient(s, pair), r: rand.New(rand.NewPCG(seed, uint64(round*100+n))), name: fmt.Sprintf("%d-%d", round, n)}
			group.Go(func() {
				for ctx.Err() == nil {
					h.step(ctx)
				}
			})
		}
		for c.count() < 250*(round+1) && t.Context().Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		s.Kill()
		cancel()
		group.Wait()
		s = Start(t, data)
	}
	answered := 0
	for place, acts := range c.acts {
		for i := range acts {
			if acts[i].outcome != 0 {
				answered++
			}
		}
		if !linear(acts) {
			t.Errorf("no order explains what %s/%s answered:\n%s", place[0], place[1], told(acts))
		}
	}
	t.Logf("%d requests, %d answered, %d keys", c.count(), answered, len(c.acts))
}

func told(acts []act) string {
	var b strings.Builder
	for _, a := range acts {
		fmt.Fprintf(&b, "%v..%v %s match %q writes %q: %d %q\n", a.start, a.end, a.kind, a.match, a.writes, a.outcome, a.saw)
	}
	return b.String()
}

// historian is one client.
type historian struct {
	t      *testing.T
	c      *chronicle
	client *s3.Client
	r      *rand.Rand
	name   string
	n      int
}

// step does one thing to some key and notes it.
func (h *historian) step(ctx context.Context) {
	place := [2]string{[]string{"histories", "histories-of-versions"}[h.r.IntN(2)], fmt.Sprintf("key-%d", h.r.IntN(3))}
	a := act{kind: []string{"put", "put", "upload", "copy", "delete", "remove", "get", "get", "list"}[h.r.IntN(9)], versioned: place[0] != "histories"}
	switch n := h.r.IntN(4); {
	case a.kind == "get" || a.kind == "list":
	case a.kind == "remove":
		was := h.c.lately(place, h.r)
		a.writes, a.version = was.writes, was.version
	case n == 0 && a.kind != "delete":
		a.match = "*"
	case n == 1:
		a.match = h.c.lately(place, h.r).writes
	}
	act := map[string]func(context.Context, [2]string, *act) error{"put": h.put, "upload": h.upload, "copy": h.copy, "delete": h.delete, "remove": h.remove, "get": h.get, "list": h.list}[a.kind]
	err := act(ctx, place, &a)
	a.end = time.Since(h.c.base)
	var answer *smithyhttp.ResponseError
	switch {
	case a.start == 0: // nothing was asked of the key itself
		return
	case err == nil && (a.kind == "delete" || a.kind == "remove"):
		a.outcome = 204
	case err == nil:
		a.outcome = 200
	case errors.As(err, &answer) && answer.HTTPStatusCode() < 500 || errors.As(err, &answer) && answer.HTTPStatusCode() == 503:
		a.outcome = answer.HTTPStatusCode()
	}
	switch {
	case a.kind != "get" && a.kind != "list":
		if a.outcome == 0 {
			a.end = never
		}
	case a.kind == "get" && a.outcome == 404: // and saw nothing
	case a.outcome != 200:
		return
	}
	h.c.add(place, a)
}

func (h *historian) begin(a *act) { a.start = time.Since(h.c.base) }

// content is some that was never written before, in each home of bytes.
func (h *historian) content() ([]byte, string) {
	h.n++
	text := []byte(fmt.Sprintf("%s-%d ", h.name, h.n))
	body := bytes.Repeat(text, []int{1, 600, 20000}[h.r.IntN(3)])
	sum := md5.Sum(body)
	return body, hex.EncodeToString(sum[:])
}

// conditions are the two headers of the act's condition.
func conditions(a *act) (match, none *string) {
	switch a.match {
	case "":
		return nil, nil
	case "*":
		return nil, aws.String("*")
	}
	return aws.String(`"` + a.match + `"`), nil
}

func (h *historian) put(ctx context.Context, at [2]string, a *act) error {
	body, tag := h.content()
	a.writes = tag
	in := &s3.PutObjectInput{Bucket: &at[0], Key: &at[1], Body: bytes.NewReader(body)}
	in.IfMatch, in.IfNoneMatch = conditions(a)
	h.begin(a)
	out, err := h.client.PutObject(ctx, in)
	if err == nil {
		a.version = aws.ToString(out.VersionId)
	}
	return err
}

func (h *historian) upload(ctx context.Context, at [2]string, a *act) error {
	body, tag := h.content()
	u, err := h.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &at[0], Key: &at[1]})
	if err != nil {
		return err
	}
	p, err := h.client.UploadPart(ctx, &s3.UploadPartInput{Bucket: &at[0], Key: &at[1], UploadId: u.UploadId, PartNumber: aws.Int32(1), Body: bytes.NewReader(body)})
	if err != nil {
		return err
	}
	raw, _ := hex.DecodeString(tag)
	whole := md5.Sum(raw)
	a.writes = hex.EncodeToString(whole[:]) + "-1"
	in := &s3.CompleteMultipartUploadInput{Bucket: &at[0], Key: &at[1], UploadId: u.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{ETag: p.ETag, PartNumber: aws.Int32(1)}}}}
	in.IfMatch, in.IfNoneMatch = conditions(a)
	h.begin(a)
	out, err := h.client.CompleteMultipartUpload(ctx, in)
	if err == nil {
		a.version = aws.ToString(out.VersionId)
	}
	return err
}

// copy copies an object that nobody else touches.
func (h *historian) copy(ctx context.Context, at [2]string, a *act) error {
	body, tag := h.content()
	source := "source-" + h.name
	if _, err := h.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &at[0], Key: &source, Body: bytes.NewReader(body)}); err != nil {
		return err
	}
	a.writes = tag
	in := &s3.CopyObjectInput{Bucket: &at[0], Key: &at[1], CopySource: aws.String(at[0] + "/" + source)}
	in.IfMatch, in.IfNoneMatch = conditions(a)
	h.begin(a)
	out, err := h.client.CopyObject(ctx, in)
	if err == nil {
		a.version = aws.ToString(out.VersionId)
	}
	return err
}

func (h *historian) delete(ctx context.Context, at [2]string, a *act) error {
	in := &s3.DeleteObjectInput{Bucket: &at[0], Key: &at[1]}
	in.IfMatch, _ = conditions(a)
	h.begin(a)
	_, err := h.client.DeleteObject(ctx, in)
	return err
}

// remove deletes a version, so that the one before it becomes the current one if it was.
func (h *historian) remove(ctx context.Context, at [2]string, a *act) error {
	if a.version == "" { // there are none, or nobody was told which it is
		return nil
	}
	h.begin(a)
	_, err := h.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &at[0], Key: &at[1], VersionId: &a.version})
	return err
}

// get reads the object, whose content must be the one of its ETag.
func (h *historian) get(ctx context.Context, at [2]string, a *act) error {
	h.begin(a)
	out, err := h.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &at[0], Key: &at[1]})
	if err != nil {
		return err
	}
	defer out.Body.Close()
	a.saw = strings.Trim(aws.ToString(out.ETag), `"`)
	body, err := io.ReadAll(out.Body)
	if err != nil {
		return err
	}
	sum := md5.Sum(body)
	if strings.HasSuffix(a.saw, "-1") {
		sum = md5.Sum(sum[:])
	}
	if hex.EncodeToString(sum[:]) != strings.TrimSuffix(a.saw, "-1") {
		h.t.Errorf("%s/%s: %d bytes that are not those of ETag %s", at[0], at[1], len(body), a.saw)
	}
	return nil
}

func (h *historian) list(ctx context.Context, at [2]string, a *act) error {
	h.begin(a)
	out, err := h.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &at[0], Prefix: &at[1]})
	if err == nil && len(out.Contents) > 0 {
		a.saw = strings.Trim(aws.ToString(out.Contents[0].ETag), `"`)
	}
	return err
}
