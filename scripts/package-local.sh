#!/bin/sh
# package-local.sh FOLDER [PROFILE]: the local stack as a folder that needs no project: `postern-local`, and the
# functions that it runs beside it. PROFILE is that of cargo; release takes long, because each function is linked
# on its own.
set -eu
folder=${1:?give a folder}
profile=${2:-release}
target=${CARGO_TARGET_DIR:-target}
case $profile in
dev) built=$target/debug ;;
*) built=$target/$profile ;;
esac
functions=$(cd functions && echo *)
# The whole workspace, as `make build`: a part of it has other features, and is built again.
cargo build --workspace --bins --locked --profile "$profile"
mkdir -p "$folder"
cp "$built/local-stack" "$folder/postern-local"
for function in $functions; do
    cp "$built/$function" "$folder/$function"
done
echo "$folder/postern-local starts the stack."
