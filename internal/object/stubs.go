package object

import (
	"context"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

var _ API = (*Service)(nil)

func errTodo() error { return errs.New(errs.Unsupported, "NotImplemented", "not there yet") }

func (s *Service) Recover(ctx context.Context) error { return nil }
func (s *Service) CreateBucket(ctx context.Context, in CreateBucket) (*Bucket, error) {
	return nil, errTodo()
}
func (s *Service) Bucket(ctx context.Context, name ident.BucketName) (*Bucket, error) {
	return nil, errTodo()
}
func (s *Service) ListBuckets(ctx context.Context, in ListBuckets) (BucketPage, error) {
	return BucketPage{}, errTodo()
}
func (s *Service) DeleteBucket(ctx context.Context, b *Bucket) error { return errTodo() }
func (s *Service) SetConfig(ctx context.Context, b *Bucket, name string, value []byte) (*Bucket, error) {
	return nil, errTodo()
}
func (s *Service) SetVersioning(ctx context.Context, b *Bucket, v Versioning) (*Bucket, error) {
	return nil, errTodo()
}
func (s *Service) CountBuckets(ctx context.Context, c ident.ContractID, u ident.UserID) (int, error) {
	return 0, errTodo()
}
func (s *Service) PutObject(ctx context.Context, in *PutObject) (*Object, error) {
	return nil, errTodo()
}
func (s *Service) GetObject(ctx context.Context, in *Get) (*Content, error)  { return nil, errTodo() }
func (s *Service) HeadObject(ctx context.Context, in *Get) (*Content, error) { return nil, errTodo() }
func (s *Service) DeleteObject(ctx context.Context, in *DeleteObject) (Deleted, error) {
	return Deleted{}, errTodo()
}
func (s *Service) CopyObject(ctx context.Context, in *CopyObject) (*Object, error) {
	return nil, errTodo()
}
func (s *Service) List(ctx context.Context, in *List, visit func(*Entry) error) (Page, error) {
	return Page{}, errTodo()
}
func (s *Service) ListVersions(ctx context.Context, in *ListVersions, visit func(*VersionEntry) error) (VersionPage, error) {
	return VersionPage{}, errTodo()
}
func (s *Service) Tags(ctx context.Context, in *VersionRef) (map[string]string, ident.VersionID, error) {
	return nil, "", errTodo()
}
func (s *Service) SetTags(ctx context.Context, in *VersionRef, tags map[string]string) (ident.VersionID, error) {
	return "", errTodo()
}
func (s *Service) SetLock(ctx context.Context, in *SetLock) (ident.VersionID, error) {
	return "", errTodo()
}
func (s *Service) Parts(ctx context.Context, in *VersionRef, after, max int) (ObjectParts, error) {
	return ObjectParts{}, errTodo()
}
func (s *Service) CreateUpload(ctx context.Context, in *CreateUpload) (*Upload, error) {
	return nil, errTodo()
}
func (s *Service) UploadPart(ctx context.Context, in *UploadPart) (*Part, error) {
	return nil, errTodo()
}
func (s *Service) CopyPart(ctx context.Context, in *CopyPart) (*Part, error) { return nil, errTodo() }
func (s *Service) CompleteUpload(ctx context.Context, in *CompleteUpload) (*Object, error) {
	return nil, errTodo()
}
func (s *Service) AbortUpload(ctx context.Context, b *Bucket, k ident.ObjectKey, u ident.UploadID) error {
	return errTodo()
}
func (s *Service) ListUploads(ctx context.Context, in *ListUploads) (UploadPage, error) {
	return UploadPage{}, errTodo()
}
func (s *Service) ListParts(ctx context.Context, in *ListParts) (PartPage, error) {
	return PartPage{}, errTodo()
}
