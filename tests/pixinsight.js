// A stand-in for PixInsight under Node: it keeps what the processes are told, and writes the files
// that PixInsight would.  Arguments: the script, where to write the record, how to behave.

const fs = require( "fs" );
const path = require( "path" );
const vm = require( "vm" );

const [script, record, wish] = process.argv.slice( 2 );
const behaviour = JSON.parse( wish || "{}" );
const told = { processes: [], saved: [], created: [], removed: [], console: [], log: null };
const files = new Set( behaviour.existing || [] );

function exposure( file )
{
   const text = fs.existsSync( file ) ? fs.readFileSync( file, "latin1" ) : "";
   const found = /EXPTIME *= *([.\d]+)|name="EXPTIME"[^>]*value="([.\d]+)"/.exec( text );
   return found ? Number( found[1] || found[2] ) : 1;
}

function recorder( name, execute )
{
   function Process() { this.process = name; }
   // Any constant is its own name.
   Process.prototype = new Proxy( {
      executeGlobal()
      {
         told.processes.push( JSON.parse( JSON.stringify( this ) ) );
         return execute( this );
      }
   }, {
      get: ( own, key ) =>
         key in own || typeof key === "symbol" || key === "toJSON" ? own[key] : name + "." + key
   } );
   return Process;
}

const say = ( ...texts ) => told.console.push( texts.join( "" ) );
const Console = {
   beginLog( file ) { told.log = file; }, endLog() { told.ended = true; }, flush() {}, show() {},
   writeln: say, noteln: say, warningln: say, criticalln: say
};

const world = {
   Console, console: Console,
   ImageIntegration: recorder( "ImageIntegration", ( self ) =>
   {
      self.integrationImageId = "integration";
      return !( behaviour.failing || [] ).includes( self.imageType );
   } ),
   ImageCalibration: recorder( "ImageCalibration", ( self ) =>
   {
      self.outputData = [];
      for ( const [, file] of self.targetFrames )
      {
         const made = self.outputDirectory + "/" + path.parse( file ).name + "_c.xisf";
         if ( !( behaviour.unreadable || [] ).includes( file ) )
         {
            files.add( made );
            const scale = exposure( file ) / exposure( self.masterDarkPath );
            self.outputData.push( [made, self.optimizeDarks ? scale : 0, 0, 0] );
         }
      }
      return true;
   } ),
   ImageWindow: { windowById: ( id ) => ( {
      isNull: behaviour.noWindow === true, id, keywords: ["their keywords"],
      mainView: { image: "the image", exportProperties( file ) { file.properties = true; } },
      forceClose() { told.closed = ( told.closed || 0 ) + 1; }
   } ) },
   File: {
      exists: ( file ) => files.has( file ),
      remove( file ) { told.removed.push( file ); files.delete( file ); },
      directoryExists: () => false,
      createDirectory( folder ) { told.created.push( folder ); },
      extractDrive: () => "",
      extractDirectory: ( file ) => path.dirname( file )
   },
   FITSKeyword: function( name, value, comment ) { Object.assign( this, { name, value, comment } ); },
   FileFormat: function( ending ) { this.ending = ending; this.isNull = false; },
   ImageDescription: function() {},
   FileFormatInstance: function( format )
   {
      Object.assign( this, {
         isNull: false,
         create( file, hints ) { this.file = file; this.hints = hints; return true; },
         setOptions( options ) { this.options = Object.assign( {}, options ); return true; },
         writeImage( image ) { this.image = image; return true; },
         close()
         {
            const { file, hints, options, image, keywords, properties } = this;
            told.saved.push( { file, hints, options, image, keywords, properties,
                               ending: format.ending } );
         }
      } );
   }
};

vm.runInNewContext( fs.readFileSync( script, "utf8" ), world, { filename: script } );
fs.writeFileSync( record, JSON.stringify( told ) );
