package sigv4

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"coffer/internal/checksum"
	"coffer/internal/errs"
)

// put makes a PUT of a body in the payload form, signed but for the unsigned ones; header adds headers before signing.
func put(payload string, decoded int, header map[string]string) *Request {
	r := &Request{Method: "PUT", Host: "localhost:9000", Path: "/b/k", ContentLength: -1, Header: map[string][]string{
		"X-Amz-Decoded-Content-Length": {strconv.Itoa(decoded)}}}
	for k, v := range header {
		r.Header[k] = []string{v}
	}
	SignHeader(r, example, payload, exampleTime)
	return r
}

// frame frames data in signed chunks of the sizes given, the last of which repeats.
func frame(r *Request, data []byte, name, value string, sizes ...int) []byte {
	authorization := r.Header["Authorization"][0]
	c := NewChunks(example, authorization[strings.LastIndex(authorization, "=")+1:], exampleTime)
	var wire []byte
	for i := 0; len(data) > 0; i++ {
		n := min(sizes[min(i, len(sizes)-1)], len(data))
		wire = c.Append(wire, data[:n])
		data = data[n:]
	}
	return c.End(c.Append(wire, nil), name, value)
}

func TestUnsignedTrailerBodies(t *testing.T) {
	const crc = "\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n" // of "hello"
	for _, c := range []struct {
		name, wire, trailer string
		decoded             int
		code                errs.Code
		text                string
	}{
		{"good", "5\r\nhello\r\n0" + crc, "x-amz-checksum-crc32", 5, "", ""},
		{"one chunk small, one large", "2800\r\n" + strings.Repeat("a", 10240) + "\r\n5\r\nhello\r\n0\r\n\r\n", "", 10245, "", ""},
		{"capital digit", "A\r\n0123456789\r\n0\r\n\r\n", "", 10, "", ""},
		{"leading zeros", "0005\r\nhello\r\n0000\r\n\r\n", "", 5, "", ""},
		{"trailer in capitals with space", "5\r\nhello\r\n0\r\nX-Amz-Checksum-CRC32: NhCmhg== \r\n\r\n", "x-amz-checksum-crc32", 5, "", ""},
		{"empty", "0\r\n\r\n", "", 0, "", ""},
		{"empty with trailer", "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "x-amz-checksum-crc32", 0, "", ""},
		{"trailer announced, none sent", "5\r\nhello\r\n0\r\n\r\n", "x-amz-checksum-crc32", 5, "MalformedTrailerError", "not well-formed"},
		{"trailer without a name", "5\r\nhello\r\n0\r\n:NhCmhg==\r\n\r\n", "x-amz-checksum-crc32", 5, "MalformedTrailerError", ""},
		{"trailer not announced", "5\r\nhello\r\n0" + crc, "", 5, "MalformedTrailerError", ""},
		{"another trailer", "5\r\nhello\r\n0\r\nx-amz-checksum-sha1:NhCmhg==\r\n\r\n", "x-amz-checksum-crc32", 5, "MalformedTrailerError", ""},
		{"trailer without a colon", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32\r\n\r\n", "x-amz-checksum-crc32", 5, "MalformedTrailerError", ""},
		{"trailer twice", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==" + crc, "x-amz-checksum-crc32", 5, "IncompleteBody", ""},
		{"trailer too long", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:" + strings.Repeat("A", 5000) + "\r\n\r\n", "x-amz-checksum-crc32", 5, "MalformedTrailerError", ""},
		{"trailer much too long", "5\r\nhello\r\n0\r\n" + strings.Repeat("A", 50000) + "\r\n\r\n", "x-amz-checksum-crc32", 5, "MalformedTrailerError", ""},
		{"bad value", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:invalid\r\n\r\n", "x-amz-checksum-crc32", 5, "InvalidRequest", "Value for x-amz-checksum-crc32 trailing header is invalid."},
		{"more than announced", "5\r\nhello\r\n0\r\n\r\n", "", 4, "IncompleteBody", "number of bytes specified"},
		{"less than announced", "5\r\nhello\r\n0\r\n\r\n", "", 6, "IncompleteBody", "number of bytes specified"},
		{"more in a second chunk", "2000\r\n" + strings.Repeat("a", 8192) + "\r\n1\r\na\r\n0\r\n\r\n", "", 8192, "IncompleteBody", "number of bytes specified"},
		{"cut after the size", "5\r\n", "", 5, "IncompleteBody", "terminated unexpectedly"},
		{"cut in the size", "5", "", 5, "IncompleteBody", "terminated unexpectedly"},
		{"cut in the data", "5\r\nhel", "", 5, "IncompleteBody", ""},
		{"cut after the data", "5\r\nhello", "", 5, "IncompleteBody", ""},
		{"cut before the end", "5\r\nhello\r\n0\r\n", "", 5, "IncompleteBody", ""},
		{"cut in the trailer", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==", "x-amz-checksum-crc32", 5, "IncompleteBody", ""},
		{"cut after the trailer", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n", "x-amz-checksum-crc32", 5, "IncompleteBody", ""},
		{"no body", "", "", 5, "IncompleteBody", ""},
		{"line feed alone", "5\nhello\r\n0\r\n\r\n", "", 5, "IncompleteBody", ""},
		{"no line end after the data", "5\r\nhello0\r\n\r\n", "", 5, "IncompleteBody", ""},
		{"other bytes after the data", "5\r\nhelloxx0\r\n\r\n", "", 5, "IncompleteBody", ""},
		{"size that is no number", "x\r\nhello\r\n0\r\n\r\n", "", 5, "IncompleteBody", ""},
		{"no size", "\r\nhello\r\n0\r\n\r\n", "", 5, "IncompleteBody", ""},
		{"negative size", "-5\r\nhello\r\n0\r\n\r\n", "", 5, "IncompleteBody", ""},
		{"size of 16 digits", "ffffffffffffffff\r\nhello\r\n0\r\n\r\n", "", 5, "IncompleteBody", ""},
		{"size of 17 digits", "00000000000000005\r\nhello\r\n0\r\n\r\n", "", 5, "IncompleteBody", ""},
		{"size with a signature", "5;chunk-signature=" + EmptyHash + "\r\nhello\r\n0\r\n\r\n", "", 5, "IncompleteBody", ""},
		{"two empty lines more", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\n\r\n\r\n\r\n", "x-amz-checksum-crc32", 5, "", ""},
		{"three empty lines more", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\n\r\n\r\n\r\n\r\n", "x-amz-checksum-crc32", 5, "IncompleteBody", ""},
		{"more after the end", "5\r\nhello\r\n0\r\n\r\nx", "", 5, "IncompleteBody", ""},
		{"more after the trailer", "5\r\nhello\r\n0" + crc + "x", "x-amz-checksum-crc32", 5, "IncompleteBody", ""},
		{"small chunk first", "5\r\nhello\r\n1\r\na\r\n0\r\n\r\n", "", 6, "InvalidChunkSizeError", "less than 8192"},
	} {
		header := map[string]string{}
		if c.trailer != "" {
			header["X-Amz-Trailer"] = c.trailer
		}
		for _, wrap := range []func(io.Reader) io.Reader{same1, iotest.OneByteReader, iotest.DataErrReader} {
			b := verified(t, put(StreamUnsigned, c.decoded, header)).Body(wrap(strings.NewReader(c.wire)))
			got, err := io.ReadAll(b)
			if errs.CodeOf(err) != c.code || err != nil && errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.PublicOf(err), c.text) {
				t.Errorf("%s: %v", c.name, err)
			}
			if err == nil && (len(got) != c.decoded || (b.Sum().Raw != "") != (c.trailer != "")) {
				t.Errorf("%s: %d bytes, sum %+v", c.name, len(got), b.Sum())
			}
			if err != nil && (len(got) >= c.decoded && c.decoded > 0 || b.Sum() != (checksum.Sum{})) {
				t.Errorf("%s: gave all %d bytes and sum %+v before %v", c.name, len(got), b.Sum(), err)
			}
			if n, again := b.Read(make([]byte, 8)); n != 0 || err != nil && again != err || err == nil && again != io.EOF {
				t.Errorf("%s: after the end: %d, %v", c.name, n, again)
			}
		}
	}
}

func same1(r io.Reader) io.Reader { return r }

func TestSignedChunksRoundTrip(t *testing.T) {
	data := make([]byte, 200001)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	h := checksum.CRC64NVME.New()
	h.Write(data)
	sum := checksum.Of(checksum.CRC64NVME, h)
	for _, sizes := range [][]int{{65536}, {8192}, {300000}, {8192, 100000}, {100000, 100000, 1}} {
		r := put(StreamChunks, len(data), nil)
		for _, wrap := range []func(io.Reader) io.Reader{same1, iotest.HalfReader, iotest.DataErrReader} {
			got, err := io.ReadAll(verified(t, r).Body(wrap(bytes.NewReader(frame(r, data, "", "", sizes...)))))
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%v: %d bytes, %v", sizes, len(got), err)
			}
		}
		r = put(StreamTrailer, len(data), map[string]string{"X-Amz-Trailer": "x-amz-checksum-crc64nvme"})
		b := verified(t, r).Body(bytes.NewReader(frame(r, data, "x-amz-checksum-crc64nvme", sum.Encode(), sizes...)))
		if got, err := io.ReadAll(b); err != nil || !bytes.Equal(got, data) || b.Sum() != sum {
			t.Errorf("%v with trailer: %d bytes, %v, %+v", sizes, len(got), err, b.Sum())
		}
	}
}

// Any change of any byte on the wire is found, before the last byte is given.
func TestSignedChunksFlips(t *testing.T) {
	data := []byte(strings.Repeat("x", 8192) + "the rest")
	r := put(StreamTrailer, len(data), map[string]string{"X-Amz-Trailer": "x-amz-checksum-crc32"})
	wire := frame(r, data, "x-amz-checksum-crc32", "NhCmhg==", 8192)
	a := verified(t, r)
	for i := range wire {
		if i > 100 && i < 8200 {
			continue // the middle of the first chunk
		}
		for _, flip := range []byte{1, 0x20, 0x80} {
			bent := bytes.Clone(wire)
			bent[i] ^= flip
			got, err := io.ReadAll(a.Body(bytes.NewReader(bent)))
			if err == nil && equivalent(wire, bent) {
				continue
			}
			if err == nil || len(got) == len(data) || errs.KindOf(err) != errs.Invalid && errs.KindOf(err) != errs.Unauthenticated {
				t.Errorf("byte %d (%q) xor %d: %d bytes, %v", i, wire[i], flip, len(got), err)
			}
		}
		if got, err := io.ReadAll(a.Body(bytes.NewReader(wire[:i]))); err == nil || len(got) == len(data) {
			t.Errorf("cut at %d: %d bytes, %v", i, len(got), err)
		}
	}
}

// equivalent reports whether two wires differ in nothing but what the format leaves open: the case of hexadecimal sizes and of names.
func equivalent(a, b []byte) bool { return bytes.EqualFold(a, b) }

func TestSignedChunksRefuse(t *testing.T) {
	data := bytes.Repeat([]byte("b"), 100)
	r := put(StreamChunks, len(data), nil)
	refuse := func(name string, wire []byte, code errs.Code) error {
		t.Helper()
		got, err := io.ReadAll(verified(t, r).Body(bytes.NewReader(wire)))
		if errs.CodeOf(err) != code || len(got) == len(data) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		return err
	}
	err := refuse("small chunks", frame(r, data, "", "", 10), "InvalidChunkSizeError")
	if d := DetailsOf(err); len(d) != 2 || d[0] != (Detail{"Chunk", "1"}) || d[1] != (Detail{"BadChunkSize", "10"}) {
		t.Errorf("details %v", d)
	}
	good := frame(r, data, "", "", 100)
	err = refuse("another byte", bytes.Replace(good, []byte("bbb"), []byte("bab"), 1), "SignatureDoesNotMatch")
	if d := DetailsOf(err); len(d) != 4 || errs.KindOf(err) != errs.Unauthenticated || !strings.HasPrefix(d[1].Value, "AWS4-HMAC-SHA256-PAYLOAD\n") {
		t.Errorf("details %v", d)
	}
	refuse("colon for semicolon", bytes.Replace(good, []byte(";"), []byte(":"), 1), "IncompleteBody")
	refuse("short signature", bytes.Replace(good, good[19:24], nil, 1), "IncompleteBody")
	refuse("long line", bytes.Replace(good, []byte("64;"), append(bytes.Repeat([]byte("0"), 600), "64;"...), 1), "IncompleteBody")
	refuse("very long line", bytes.Replace(good, []byte("64;"), append(bytes.Repeat([]byte("0"), 60000), "64;"...), 1), "IncompleteBody")
	refuse("no end", good[:len(good)-2], "IncompleteBody")
	refuse("another end", append(good[:len(good)-2:len(good)-2], "ab"...), "IncompleteBody")
	// A chunk that another seed signed.
	other := put(StreamChunks, len(data), map[string]string{"X-Amz-Meta-A": "b"})
	refuse("another request's chunks", frame(other, data, "", "", 100), "SignatureDoesNotMatch")

	trailer := map[string]string{"X-Amz-Trailer": "x-amz-checksum-crc32c"}
	r = put(StreamTrailer, len(data), trailer)
	good = frame(r, data, "x-amz-checksum-crc32c", "AAAAAA==", 100)
	cut := bytes.Index(good, []byte("x-amz-checksum"))
	with := func(s string) []byte { return append(good[:cut:cut], s...) }
	refuse("no trailer at all", with("\r\n"), "IncompleteBody")
	refuse("signature alone", with(trailerSignature+":"+EmptyHash+"\r\n\r\n"), "MalformedTrailerError")
	refuse("another trailer", with("x-amz-invalid:invalid\r\n"+trailerSignature+":"+EmptyHash+"\r\n\r\n"), "MalformedTrailerError")
	refuse("no signature", with("x-amz-checksum-crc32c:AAAAAA==\r\n\r\n"), "IncompleteBody")
	refuse("wrong signature", with("x-amz-checksum-crc32c:AAAAAA==\r\n"+trailerSignature+":"+EmptyHash+"\r\n\r\n"), "SignatureDoesNotMatch")
	refuse("short signature", with("x-amz-checksum-crc32c:AAAAAA==\r\n"+trailerSignature+":"+EmptyHash[1:]+"\r\n\r\n"), "IncompleteBody")
	refuse("carriage return inside", with("x-amz-checksum-crc32c:AAAA\rAA==\r\n"+trailerSignature+":"+EmptyHash+"\r\n\r\n"), "IncompleteBody")
	signature := good[bytes.Index(good, []byte(trailerSignature)):]
	refuse("signature first", with(string(signature[:len(signature)-2])+"x-amz-checksum-crc32c:AAAAAA==\r\n\r\n"), "IncompleteBody")
	refuse("endless empty lines", with(strings.Repeat("\r\n", 10000)), "MalformedTrailerError")
	refuse("bad value", frame(r, data, "x-amz-checksum-crc32c", "x", 100), "InvalidRequest")
}

func TestPlainBodies(t *testing.T) {
	sum := sha256.Sum256([]byte("hello"))
	hash := hex.EncodeToString(sum[:])
	broken := errors.New("broken")
	for _, c := range []struct {
		name, payload string
		length        int64
		in            io.Reader
		kind          errs.Kind
		code          errs.Code
		got           int
	}{
		{"unsigned", UnsignedPayload, 5, strings.NewReader("hello"), 0, "", 5},
		{"unsigned of unknown length", UnsignedPayload, -1, strings.NewReader("hello"), 0, "", 5},
		{"unsigned, too short", UnsignedPayload, 6, strings.NewReader("hello"), errs.Invalid, "IncompleteBody", 5},
		{"unsigned, cut", UnsignedPayload, 6, io.MultiReader(strings.NewReader("hello"), iotest.ErrReader(io.ErrUnexpectedEOF)), errs.Invalid, "IncompleteBody", 5},
		{"unsigned, too long", UnsignedPayload, 4, strings.NewReader("hello"), errs.Invalid, "IncompleteBody", 0},
		{"empty", UnsignedPayload, 0, strings.NewReader(""), 0, "", 0},
		{"hash", hash, 5, strings.NewReader("hello"), 0, "", 5},
		{"hash in capitals", strings.ToUpper(hash), 5, strings.NewReader("hello"), 0, "", 5},
		{"hash of unknown length", hash, -1, strings.NewReader("hello"), 0, "", 5},
		{"hash byte by byte", hash, 5, iotest.OneByteReader(strings.NewReader("hello")), 0, "", 5},
		{"hash, data with end", hash, 5, iotest.DataErrReader(strings.NewReader("hello")), 0, "", 5},
		{"other hash", hash, 5, strings.NewReader("hellp"), errs.Invalid, "XAmzContentSHA256Mismatch", 0},
		{"other hash of unknown length", hash, -1, strings.NewReader("hellp"), errs.Invalid, "XAmzContentSHA256Mismatch", 5},
		{"hash of an empty body", EmptyHash, 0, strings.NewReader(""), 0, "", 0},
		{"other hash of an empty body", hash, 0, strings.NewReader(""), errs.Invalid, "XAmzContentSHA256Mismatch", 0},
		{"timeout", hash, 5, iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("hello"))), errs.Canceled, "", 1},
		{"deadline", hash, 5, iotest.ErrReader(os.ErrDeadlineExceeded), errs.Invalid, "RequestTimeout", 0},
		{"broken", hash, 5, iotest.ErrReader(broken), errs.Canceled, "", 0},
		{"an error of ours", hash, 5, iotest.ErrReader(errs.New(errs.Limit, "EntityTooLarge", "")), errs.Limit, "EntityTooLarge", 0},
	} {
		r := &Request{Method: "PUT", Host: "h", Path: "/b/k", ContentLength: c.length, Header: map[string][]string{}}
		SignHeader(r, example, c.payload, exampleTime)
		b := verified(t, r).Body(c.in)
		got, err := io.ReadAll(b)
		if err != nil && errs.KindOf(err) != c.kind || errs.CodeOf(err) != c.code || len(got) != c.got || (err == nil) != (c.kind == 0) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
		if c.code == "XAmzContentSHA256Mismatch" {
			if d := DetailsOf(err); len(d) != 2 || d[0] != (Detail{"ClientComputedContentSHA256", hash}) || d[1].Value == hash {
				t.Errorf("%s: details %v", c.name, d)
			}
		}
		if b.Sum() != (checksum.Sum{}) {
			t.Errorf("%s: sum %+v", c.name, b.Sum())
		}
	}
}
