package gateway

import "errors"

// ErrBodyTooLarge is what reading an [Exchange]'s body returns once the client has sent more than the engine's limit.
var ErrBodyTooLarge = errors.New("request body is larger than the limit")
