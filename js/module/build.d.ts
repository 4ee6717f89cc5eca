// Names that tools/build.mjs replaces by their values.
declare const VSS_VERSION: string;
declare const SQLITE_VERSION: string;
declare const VSS_RELAXED: boolean;
