module coffer

go 1.26
