// What the masters below share: flats are calibrated, frames integrated, masters saved.

// Frames are named by their places in the set of the master; `history` goes into its image.
function calibrateFlats( process, files, places, history )
{
   if ( !File.directoryExists( process.outputDirectory ) )
      File.createDirectory( process.outputDirectory, true );
   // What an earlier run left there must not be taken for a result of this one.
   files.forEach( function( file ) { if ( File.exists( file ) ) File.remove( file ); } );
   process.executeGlobal();
   var scales = {};
   if ( process.optimizeDarks ) // a row begins with the file, and the factor on its dark
      process.outputData.forEach( function( row ) { scales[row[0]] = row[1]; } );
   return files.filter( function( file, i )
   {
      var made = File.exists( file );
      if ( !made )
      {
         console.warningln( "Not calibrated, left out: " + file );
         history.push( "Plateworks.notCalibrated: " + places[i] );
      }
      else if ( file in scales )
         history.push( "Plateworks.darkScale: " + places[i] + " " + scales[file] );
      return made;
   } );
}

function integrateTo( process, output, history )
{
   if ( process.images.length < 3 )
      throw new Error( "ImageIntegration needs three frames, there are " + process.images.length );
   if ( !process.executeGlobal() )
      throw new Error( "ImageIntegration failed" );
   var window = ImageWindow.windowById( process.integrationImageId );
   if ( window === null || window.isNull )
      throw new Error( "ImageIntegration made no image" );
   try
   {
      saveImage( window, output, history );
   }
   finally
   {
      window.forceClose();
   }
   console.noteln( "Made: " + output );
}

// A window saved by itself would ask for options.
function saveImage( window, output, history )
{
   var folder = File.extractDrive( output ) + File.extractDirectory( output );
   if ( !File.directoryExists( folder ) )
      File.createDirectory( folder, true );
   var format = new FileFormat( ".xisf", false, true );
   if ( format.isNull )
      throw new Error( "This installation cannot write XISF" );
   var file = new FileFormatInstance( format );
   var options = new ImageDescription;
   options.bitsPerSample = 32;
   options.ieeefpSampleFormat = true;
   if ( file.isNull || !file.create( output, WRITE_HINTS ) || !file.setOptions( options ) )
      throw new Error( "Cannot create " + output );
   file.keywords = window.keywords.concat( history.map( function( line )
   {
      return new FITSKeyword( "HISTORY", "", line );
   } ) );
   window.mainView.exportProperties( file );
   var written = file.writeImage( window.mainView.image );
   file.close();
   if ( !written )
      throw new Error( "Cannot write " + output );
}

// One master that fails does not keep the others from being made.
function attempt( name, make )
{
   console.noteln( "Master: " + name );
   console.flush();
   try
   {
      make();
   }
   catch ( error )
   {
      console.criticalln( "FAILED: " + name + ": " + error );
   }
}
