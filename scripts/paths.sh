# Sourced: finds the tools that scripts/setup.sh put in place.
export PATH="$PWD/target/tools/bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
