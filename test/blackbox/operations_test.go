package blackbox

import (
	"context"
	"errors"
	"io"
	"reflect"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// elsewhereOperations can't be asked of this server: their requests go to another service's endpoint.
var elsewhereOperations = map[string]string{
	"ListDirectoryBuckets":   "S3 Express",
	"WriteGetObjectResponse": "S3 Object Lambda",
}

// TestEveryOperation calls each operation of AWS's own client. Each is served, or answered NotImplemented and listed in docs/s3.md with a
// reason; none meets a fault, and none is taken for another.
func TestEveryOperation(t *testing.T) {
	absentOperations := listed(t, "s3.md", "Operations that are not there")
	s := Start(t, t.TempDir())
	client := awsClient(s, s.OwnerKey(t))
	ctx := context.Background()
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("every-operation")}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range operationNames(client) {
		seen[name] = true
		if elsewhereOperations[name] != "" {
			continue
		}
		code, status := invoke(ctx, client, name)
		switch _, absent := absentOperations[name]; {
		case status == 0:
			t.Errorf("%s: %s", name, code)
		case status == 500:
			t.Errorf("%s: %d %s", name, status, code)
		case absent && code != "NotImplemented":
			t.Errorf("%s is answered %d %s: take it out of docs/s3.md", name, status, code)
		case !absent && status == 501:
			t.Errorf("%s is answered %d %s", name, status, code)
		}
	}
	for name := range absentOperations {
		if !seen[name] {
			t.Errorf("%s is no operation of the client", name)
		}
	}
	t.Logf("%d operations, %d of them answered NotImplemented", len(seen), len(absentOperations))
}

func awsClient(s *Server, p Pair) *s3.Client {
	return s3.New(s3.Options{Region: "local-1", BaseEndpoint: &s.S3URL, UsePathStyle: true, Retryer: retry.AddWithMaxAttempts(aws.NopRetryer{}, 1),
		Credentials: credentials.NewStaticCredentialsProvider(p.Access, p.Secret, "")})
}

// operationNames are the client's methods that take a context and an input of their own name.
func operationNames(client *s3.Client) []string {
	var names []string
	for i, c := 0, reflect.TypeOf(client); i < c.NumMethod(); i++ {
		m := c.Method(i)
		if m.Type.NumIn() == 4 && m.Type.In(2).Kind() == reflect.Pointer && m.Type.In(2).Elem().Name() == m.Name+"Input" {
			names = append(names, m.Name)
		}
	}
	// the bucket goes last
	sort.Slice(names, func(i, j int) bool {
		if last := names[i] == "DeleteBucket"; last != (names[j] == "DeleteBucket") {
			return !last
		}
		return names[i] < names[j]
	})
	return names
}

// invoke calls an operation with an input that the client accepts, and returns what the server answered: "" and 200, or an error's
// code and status; status 0 says that no answer came.
func invoke(ctx context.Context, client *s3.Client, name string) (code string, status int) {
	method := reflect.ValueOf(client).MethodByName(name)
	in := reflect.New(method.Type().In(1).Elem())
	if name == "CreateBucket" {
		in = reflect.ValueOf(&s3.CreateBucketInput{Bucket: aws.String("every-operation-too")})
	} else {
		fill(in.Elem(), 0)
	}
	out := method.Call([]reflect.Value{reflect.ValueOf(ctx), in})
	err, _ := out[1].Interface().(error)
	if err == nil {
		return "", 200
	}
	var answered *smithyhttp.ResponseError
	if !errors.As(err, &answered) {
		return err.Error(), 0
	}
	var named smithy.APIError
	if errors.As(err, &named) {
		code = named.ErrorCode()
	}
	if code == "" || code == "UnknownError" {
		code = err.Error()
	}
	return code, answered.HTTPStatusCode()
}

// fill gives each field of documents a value, and of the request itself those that say what it is about.
func fill(v reflect.Value, depth int) {
	if depth > 6 {
		return
	}
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		// the versioning document's MFADelete is a feature of its own, refused as such
		if !f.CanSet() || name == "MFADelete" || depth == 0 && !names(name) && !document(f.Type()) {
			continue
		}
		fillValue(f, name, depth)
	}
}

// names reports whether a field of a request says what it is about.
func names(field string) bool {
	switch field {
	case "Bucket", "Key", "UploadId", "PartNumber", "CopySource", "Id", "RenameSource", "ObjectAttributes", "RequestToken", "AnnotationName",
		"Expression", "ExpressionType", "Body", "Policy", "AnnotationPayload", "ObjectEncryption":
		return true
	}
	return false
}

// document reports whether a field is one that goes out as an XML document.
func document(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct && t.Elem() != reflect.TypeFor[time.Time]()
}

func fillValue(f reflect.Value, name string, depth int) {
	switch f.Kind() {
	case reflect.Pointer:
		if f.Type().Elem() == reflect.TypeFor[time.Time]() {
			f.Set(reflect.ValueOf(aws.Time(time.Now().Add(time.Hour))))
			return
		}
		p := reflect.New(f.Type().Elem())
		fillValue(p.Elem(), name, depth)
		f.Set(p)
	case reflect.Struct:
		fill(f, depth+1)
	case reflect.Slice:
		one := reflect.MakeSlice(f.Type(), 1, 1)
		fillValue(one.Index(0), name, depth)
		f.Set(one)
	case reflect.Int32, reflect.Int64:
		f.SetInt(1)
	case reflect.Interface:
		switch f.Type() {
		case reflect.TypeFor[io.Reader]():
			f.Set(reflect.ValueOf(strings.NewReader("content")))
		case reflect.TypeFor[types.ObjectEncryption]():
			f.Set(reflect.ValueOf(&types.ObjectEncryptionMemberSSEKMS{Value: types.SSEKMSEncryption{KMSKeyArn: aws.String("k")}}))
		}
	case reflect.String:
		f.SetString(text(f, name))
	}
}

// text is a value for a field: the first that its type allows, or one that suits its name.
func text(f reflect.Value, name string) string {
	if m := f.MethodByName("Values"); m.IsValid() {
		return m.Call(nil)[0].Index(0).String()
	}
	switch name {
	case "Bucket":
		return "every-operation"
	case "CopySource", "RenameSource":
		return "every-operation/k"
	case "UploadId":
		return "00000000000000000000000000"
	}
	return "k"
}
